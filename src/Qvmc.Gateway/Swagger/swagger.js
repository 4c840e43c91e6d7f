// Shows openapi.json and tries its operations. All text from the document and
// from answers goes in as text, never as HTML.

const MAX_SHOWN = 200_000;

const el = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
};

const api = await (await fetch("../openapi.json")).json();

const resolve = (node) => node?.$ref
  ? node.$ref.slice(2).split("/").reduce((at, part) => at[part], api)
  : node;

const typeName = (schema) => {
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.type === "array") return `list of ${typeName(schema.items)}`;
  if (schema.additionalProperties) return `map to ${typeName(schema.additionalProperties)}`;
  return schema.format ? `${schema.type} (${schema.format})` : schema.type;
};

// A schema as nested lists; seen keeps one that holds itself from going on for ever.
const schemaTree = (given, seen = []) => {
  const schema = resolve(given);
  if (schema.type === "array") return schemaTree(schema.items, seen);
  if (schema.enum) return el("p", {}, `One of ${schema.enum.join(", ")}`);
  if (!schema.properties || seen.includes(schema)) return null;
  return el("ul", {}, ...Object.entries(schema.properties).map(([name, property]) =>
    el("li", {}, el("code", {}, name), " ", el("span", { class: "type" }, typeName(property)),
      property.description ? ` – ${property.description}` : null,
      schemaTree(property, [...seen, schema]))));
};

const input = (parameter) => {
  const schema = resolve(parameter.schema);
  const list = schema.type === "array";
  const values = list ? resolve(schema.items).enum : schema.enum;
  if (values && !list) {
    return el("select", {}, ...["", ...values].map((value) => el("option", {}, value)));
  }
  if (schema.type === "boolean") {
    return el("select", {}, ...["", "true", "false"].map((value) => el("option", {}, value)));
  }
  return el("input", { placeholder: list ? `${values ? values.join(" ") : "several"}, with spaces between` : parameter.example ?? "" });
};

const request = (path, verb, parameters, body) => {
  const query = new URLSearchParams();
  const headers = {};
  let address = path;
  for (const { parameter, field } of parameters) {
    const value = field.value.trim();
    if (parameter.in === "path") address = address.replace(`{${parameter.name}}`, encodeURIComponent(value));
    else if (value === "") continue;
    else if (parameter.in === "header") headers[parameter.name] = value;
    else if (resolve(parameter.schema).type === "array") value.split(/\s+/).forEach((one) => query.append(parameter.name, one));
    else query.append(parameter.name, value);
  }
  const options = { method: verb.toUpperCase(), headers };
  const file = body?.file?.files[0];
  if (file) {
    options.body = file;
    headers["Content-Type"] = "application/octet-stream";
  } else if (body?.text.value.trim()) {
    options.body = body.text.value;
    headers["Content-Type"] = "application/json";
  }
  const search = query.toString();
  return [search ? `${address}?${search}` : address, options];
};

const pretty = (text) => {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
};

// Reads an answer piece by piece, so that a stream is seen while it goes on.
const show = async (output, address, options, abort) => {
  output.textContent = `${options.method} ${address}\n`;
  try {
    const response = await fetch(address, { ...options, signal: abort.signal });
    output.textContent = `${options.method} ${address}\n${response.status} ${response.statusText}\n\n`;
    output.classList.toggle("failed", !response.ok);
    const streams = /event-stream|ndjson/.test(response.headers.get("Content-Type") ?? "");
    if (!streams) {
      output.append(pretty(await response.text()).slice(0, MAX_SHOWN));
      return;
    }
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      output.textContent = (output.textContent + piece).slice(-MAX_SHOWN);
    }
  } catch (error) {
    output.append(abort.signal.aborted ? "\nstopped" : `\n${error}`);
  }
};

const operation = (path, verb, described) => {
  const parameters = (described.parameters ?? []).map(resolve).map((parameter) => ({ parameter, field: input(parameter) }));
  const content = described.requestBody?.content ?? {};
  const json = content["application/json"];
  const body = json && {
    text: el("textarea", { spellcheck: "false", "aria-label": "JSON body", placeholder: "{ }" }),
    file: content["application/octet-stream"] && el("input", { type: "file", "aria-label": "File to upload" }),
  };
  const output = el("pre", { hidden: "" });
  let abort = new AbortController();
  const send = () => {
    abort.abort();
    abort = new AbortController();
    output.hidden = false;
    show(output, ...request(path, verb, parameters, body), abort);
  };
  const answer = described.responses["200"]?.content ?? {};
  const answerSchema = Object.values(answer)[0]?.schema;
  return el("details", { class: "operation", "data-find": `${verb} ${path} ${described.operationId} ${described.summary}`.toLowerCase() },
    el("summary", {}, el("span", { class: `verb ${verb}` }, verb.toUpperCase()), el("span", { class: "path" }, path), el("span", { class: "summary" }, described.summary)),
    el("div", {},
      el("p", {}, described.description),
      parameters.length ? el("h3", {}, "Parameters") : null,
      el("div", { class: "fields" }, ...parameters.flatMap(({ parameter, field }) => {
        const label = el("label", {}, parameter.name, parameter.required ? " *" : "", " ", el("span", { class: "type" }, parameter.in));
        label.append(el("br"), field);
        return [label, el("span", {}, parameter.description)];
      })),
      json ? el("h3", {}, "Body") : null,
      body?.text, body?.file ? el("p", {}, "or a file to upload: ", body.file) : null,
      json ? el("details", { class: "schema" }, el("summary", {}, typeName(json.schema)), schemaTree(json.schema)) : null,
      el("p", {}, el("button", { onclick: send }, "Send"), " ", el("button", { onclick: () => abort.abort() }, "Stop")),
      output,
      answerSchema ? el("h3", {}, `Answer: ${Object.keys(answer).join(", ")}`) : null,
      answerSchema ? el("details", { class: "schema" }, el("summary", {}, typeName(answerSchema)), schemaTree(answerSchema)) : null));
};

document.getElementById("title").textContent = `${api.info.title} ${api.info.version}`;
document.getElementById("about").textContent = api.info.description;
const operations = document.getElementById("operations");
for (const tag of api.tags) {
  operations.append(el("h2", {}, tag.name), el("p", {}, tag.description));
  for (const [path, verbs] of Object.entries(api.paths)) {
    for (const [verb, described] of Object.entries(verbs)) {
      if (described.tags.includes(tag.name)) operations.append(operation(path, verb, described));
    }
  }
}
document.getElementById("filter").addEventListener("input", (event) => {
  const wanted = event.target.value.toLowerCase();
  for (const node of operations.querySelectorAll("details.operation")) node.hidden = !node.dataset.find.includes(wanted);
});
