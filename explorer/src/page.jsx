import { DOC_EXPLORER_PLUGIN } from "@graphiql/plugin-doc-explorer";
import { ToolbarButton, ToolbarMenu, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { GraphiQL } from "graphiql";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { createFetcher } from "./fetcher.js";
import { prefixed } from "./memory.js";

const kept = prefixed("localStorage");
const passing = prefixed("sessionStorage");
const NO_TENANT = "";

/** GraphiQL under a bar that says for which tenant, and as whom, one asks. */
export function Page({ settings }) {
  const { endpoint, subscriptionEndpoint, tenants, examples, selectedTenant } = settings;
  const [tenant, setTenant] = useState(() => firstTenant(settings));
  const [apiKey, setApiKey] = useState(() => passing.getItem("apiKey") ?? "");

  const pickTenant = useCallback((slug) => {
    kept.setItem("tenant", slug);
    setTenant(slug);
  }, []);
  const keepKey = useCallback((key) => {
    passing.setItem("apiKey", key);
    setApiKey(key);
  }, []);

  // A new fetcher makes GraphiQL ask for the schema again, so the docs are what this caller may see.
  const fetcher = useMemo(() => {
    const headers = {};
    // Where the address names the tenant, the header would only repeat it.
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
        <KeyField apiKey={apiKey} onKeep={keepKey} />
      </header>
      <GraphiQL
        fetcher={fetcher}
        storage={kept}
        defaultTabs={defaultTabs}
        schemaDescription
        visiblePlugin={DOC_EXPLORER_PLUGIN}
        // The key has a field of its own; a header kept in localStorage would outlive the tab.
        showPersistHeadersSettings={false}
      >
        <GraphiQL.Logo>{" "}</GraphiQL.Logo>
        <GraphiQL.Toolbar>
          {({ prettify, merge, copy }) => (
            <>
              <ExamplesMenu examples={examples} onAbout={selectedTenant ? null : pickTenant} />
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
        title={fixed ? "this address is one tenant's" : "sent as the X-Tenant header"}
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

function KeyField({ apiKey, onKeep }) {
  const [typed, setTyped] = useState(apiKey);
  const keep = (event) => {
    event.preventDefault();
    if (typed.trim() !== apiKey) onKeep(typed.trim());
  };
  return (
    <form onSubmit={keep}>
      <label>
        <span>API key</span>
        <input
          name="apiKey"
          type="password"
          autoComplete="off"
          spellCheck={false}
          placeholder="none"
          title="sent as Authorization: Bearer …; forgotten when this browser tab closes"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={keep}
        />
      </label>
    </form>
  );
}

/**
 * Opens an example in a tab of its own, however the first ones were edited or closed.
 *
 * `onAbout` is told the tenant that an example is about, when it or its tab is opened.
 */
function ExamplesMenu({ examples, onAbout }) {
  const { addTab } = useGraphiQLActions();
  const { tab, title } = useGraphiQL(({ tabs, activeTabIndex }) => ({
    tab: tabs[activeTabIndex]?.id,
    title: tabs[activeTabIndex]?.title,
  }));
  const openTab = useRef(tab);
  useEffect(() => {
    // Only on a change of tab: typing must not move the picker, nor must loading the page.
    if (openTab.current === tab) return;
    openTab.current = tab;
    const example = examples.find(({ query }) => operationName(query) === title);
    if (example?.tenant) onAbout?.(example.tenant);
  }, [examples, onAbout, tab, title]);
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
    if (example.tenant) onAbout?.(example.tenant);
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

/** GraphiQL titles a tab with its operation's name. */
function operationName(query) {
  return /\b(?:query|mutation|subscription)\s+(\w+)/.exec(query)?.[1];
}

/** The address's own tenant, else the one picked last time, else the first example's, else none. */
function firstTenant({ selectedTenant, tenants, examples }) {
  if (selectedTenant) return selectedTenant;
  const known = (slug) => slug === NO_TENANT || tenants.some((tenant) => tenant.slug === slug);
  const remembered = kept.getItem("tenant");
  if (remembered !== null && known(remembered)) return remembered;
  const first = examples[0]?.tenant;
  return first && known(first) ? first : NO_TENANT;
}
