/**
 * What the server says of itself, from the page's `settings` block.
 *
 * @typedef {object} Example
 * @property {string} title what the menu of examples calls it
 * @property {string} query
 * @property {string | null} tenant the slug it is meant for; null: any, or several
 * @property {object | null} variables
 *
 * @typedef {object} Settings
 * @property {string} endpoint
 * @property {string} subscriptionEndpoint graphql-sse, distinct connections
 * @property {{slug: string, name: string, vendor: string}[]} tenants
 * @property {Example[]} examples
 * @property {string | null} selectedTenant the slug that the page's own address names: no other can be picked
 */

/** @returns {Settings} */
export function readSettings() {
  return JSON.parse(document.getElementById("settings").textContent);
}
