/**
 * The server's settings, from the page's `settings` block.
 *
 * @typedef {object} Example
 * @property {string} title in the menu of examples
 * @property {string} query
 * @property {string | null} tenant slug of its tenant; null: any, or several
 * @property {object | null} variables
 *
 * @typedef {object} Settings
 * @property {string} endpoint
 * @property {string} subscriptionEndpoint graphql-sse, distinct connections
 * @property {{slug: string, name: string, vendor: string}[]} tenants
 * @property {Example[]} examples
 * @property {string | null} selectedTenant slug in the page's address: no other can be selected
 */

/** @returns {Settings} */
export function readSettings() {
  return JSON.parse(document.getElementById("settings").textContent);
}
