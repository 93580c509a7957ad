import { DOC_EXPLORER_PLUGIN } from "@graphiql/plugin-doc-explorer";
import { ToolbarButton, ToolbarMenu, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { GraphiQL } from "graphiql";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { createFetcher } from "./fetcher.js";
import { prefixed } from "./storage.js";

const persistent = prefixed("localStorage");
const session = prefixed("sessionStorage");
const NO_TENANT = "";

/** GraphiQL below a bar with the selected tenant and the API key. */
export function Page({ settings }) {
  const { endpoint, subscriptionEndpoint, tenants, examples, selectedTenant } = settings;
  const [tenant, setTenant] = useState(() => firstTenant(settings));
  const [apiKey, setApiKey] = useState(() => session.getItem("apiKey") ?? "");

  const pickTenant = useCallback((slug) => {
    persistent.setItem("tenant", slug);
    setTenant(slug);
  }, []);
  const saveKey = useCallback((key) => {
    session.setItem("apiKey", key);
    setApiKey(key);
  }, []);

  // A new fetcher makes GraphiQL load the schema again, with the new tenant and key.
  const fetcher = useMemo(() => {
    const headers = {};
    // If the address contains the tenant, the header is redundant.
    if (tenant !== NO_TENANT && !selectedTenant) headers["X-Tenant"] = tenant;
    if (apiKey) headers.Authorization = `Bearer ${apiKey}`;
    return createFetcher({ endpoint, subscriptionEndpoint, headers });
  }, [endpoint, subscriptionEndpoint, tenant, apiKey, selectedTenant]);

  const defaultTabs = useMemo(
    () => (examples.length ? examples.map(asTab) : undefined),
    [examples],
  );

  return (
    <>
      <header className="bar">
        <h1>lms-gateway</h1>
        <TenantPicker
          tenants={tenants}
          tenant={tenant}
          fixed={Boolean(selectedTenant)}
          onPick={pickTenant}
        />
        <KeyField apiKey={apiKey} onSave={saveKey} />
      </header>
      <GraphiQL
        fetcher={fetcher}
        storage={persistent}
        defaultTabs={defaultTabs}
        schemaDescription
        visiblePlugin={DOC_EXPLORER_PLUGIN}
        // The key has its own field; a header in localStorage would outlive the tab.
        showPersistHeadersSettings={false}
      >
        <GraphiQL.Logo>{" "}</GraphiQL.Logo>
        <GraphiQL.Toolbar>
          {({ prettify, merge, copy }) => (
            <>
              <ExamplesMenu examples={examples} onTenant={selectedTenant ? null : pickTenant} />
              {prettify}
              {merge}
              {copy}
            </>
          )}
        </GraphiQL.Toolbar>
      </GraphiQL>
    </>
  );
}

function TenantPicker({ tenants, tenant, fixed, onPick }) {
  return (
    <label>
      <span>Tenant</span>
      <select
        name="tenant"
        value={tenant}
        disabled={fixed}
        title={fixed ? "the address selects the tenant" : "sent as the X-Tenant header"}
        onChange={(event) => onPick(event.target.value)}
      >
        <option value={NO_TENANT}>no tenant</option>
        {tenants.map(({ slug, name, vendor }) => (
          <option key={slug} value={slug}>{`${name} (${vendor.toLowerCase()})`}</option>
        ))}
      </select>
    </label>
  );
}

function KeyField({ apiKey, onSave }) {
  const [typed, setTyped] = useState(apiKey);
  const save = (event) => {
    event.preventDefault();
    if (typed.trim() !== apiKey) onSave(typed.trim());
  };
  return (
    <form onSubmit={save}>
      <label>
        <span>API key</span>
        <input
          name="apiKey"
          type="password"
          autoComplete="off"
          spellCheck={false}
          placeholder="none"
          title="sent as Authorization: Bearer …; deleted when this browser tab closes"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={save}
        />
      </label>
    </form>
  );
}

/**
 * Opens an example in its own tab, even if its first tab was edited or closed.
 *
 * `onTenant` is called with the tenant of an example when the example or its tab is opened.
 */
function ExamplesMenu({ examples, onTenant }) {
  const { addTab } = useGraphiQLActions();
  const { tab, title } = useGraphiQL(({ tabs, activeTabIndex }) => ({
    tab: tabs[activeTabIndex]?.id,
    title: tabs[activeTabIndex]?.title,
  }));
  const openTab = useRef(tab);
  useEffect(() => {
    // Only on a change of tab: typing or loading the page must not change the picker.
    if (openTab.current === tab) return;
    openTab.current = tab;
    const example = examples.find(({ query }) => operationName(query) === title);
    if (example?.tenant) onTenant?.(example.tenant);
  }, [examples, onTenant, tab, title]);
  const { queryEditor, variableEditor } = useGraphiQL((state) => ({
    queryEditor: state.queryEditor,
    variableEditor: state.variableEditor,
  }));
  if (!examples.length) return null;
  const open = (example) => {
    const { query, variables } = asTab(example);
    addTab();
    queryEditor?.setValue(query);
    variableEditor?.setValue(variables ?? "");
    if (example.tenant) onTenant?.(example.tenant);
  };
  return (
    <ToolbarMenu
      button={
        <ToolbarButton label="Examples">
          <BookIcon />
        </ToolbarButton>
      }
    >
      {examples.map((example) => (
        <ToolbarMenu.Item key={example.title} onSelect={() => open(example)}>
          {example.title}
        </ToolbarMenu.Item>
      ))}
    </ToolbarMenu>
  );
}

function BookIcon() {
  return (
    <svg className="graphiql-toolbar-icon" viewBox="0 0 16 16" fill="none" aria-hidden="true">
      <path
        d="M8 4.2C6.6 3 4.7 2.6 2.2 2.7v9.6c2.5-.1 4.4.3 5.8 1.5 1.4-1.2 3.3-1.6 5.8-1.5V2.7C11.3 2.6 9.4 3 8 4.2Zm0 0v9.6"
        stroke="currentColor"
        strokeWidth="1.4"
        strokeLinejoin="round"
      />
    </svg>
  );
}

function asTab({ title, query, variables }) {
  return {
    query: query.trimStart().startsWith("#") ? query : `# ${title}\n${query}`,
    variables: variables ? JSON.stringify(variables, null, 2) : undefined,
  };
}

/** Returns the operation's name, which is the title of GraphiQL's tab. */
function operationName(query) {
  return /\b(?:query|mutation|subscription)\s+(\w+)/.exec(query)?.[1];
}

/** Returns the address's tenant, else the stored one, else the first example's, else none. */
function firstTenant({ selectedTenant, tenants, examples }) {
  if (selectedTenant) return selectedTenant;
  const known = (slug) => slug === NO_TENANT || tenants.some((tenant) => tenant.slug === slug);
  const stored = persistent.getItem("tenant");
  if (stored !== null && known(stored)) return stored;
  const first = examples[0]?.tenant;
  return first && known(first) ? first : NO_TENANT;
}
