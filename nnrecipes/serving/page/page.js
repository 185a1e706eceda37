// The page: asks for the schema, lets the form or the picker be made, sends what they hold, and shows what comes back.
import { makeForm, readForm, showErrors, fillTypical } from "./form.js";
import { makePicker } from "./picker.js";

const find = (id) => document.getElementById(id);

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === "text") made.textContent = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter(Boolean));
  return made;
}

export async function ask(path, body) {
  const headers = {};
  const token = sessionStorage.getItem("token");
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const sent = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
  let response;
  try {
    response = await fetch(path, sent);
  } catch {
    throw { status: 0, title: "The server does not answer. Is it still running?", errors: [] };
  }
  const found = await response.json().catch(() => ({ title: `The server answered ${response.status}.`, errors: [] }));
  if (!response.ok) throw { errors: [], ...found, status: response.status };
  return found;
}

export function say(message, id = "") {
  const text = id ? `${message} (${id})` : message;
  find("answer").replaceChildren(element("p", { class: "alert", role: "alert", text }));
}

export const number = (value) =>
  value === null || value === undefined ? "no answer" : new Intl.NumberFormat(undefined, { maximumSignificantDigits: 5 }).format(value);

const percent = (value) => new Intl.NumberFormat(undefined, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value);

function bars(target, answer) {
  const found = target.classes.map((name) => [name, answer[`${target.name}_probability_${name}`]]);
  const several = target.task === "multilabel";
  if (!several) found.sort((a, b) => b[1] - a[1]);
  const chosen = (name) => (several ? answer[`${target.name}_${name}`] === 1 : name === answer[target.name]);
  const rows = found.slice(0, 12).map(([name, value]) =>
    element("li", { class: chosen(name) ? "best" : null },
      element("div", { class: "row" }, element("span", { text: name }), element("span", { text: percent(value) })),
      element("progress", { max: 1, value, "aria-label": `${name}: ${percent(value)}` })));
  const list = element("ul", { class: "bars" }, ...rows);
  return found.length > 12 ? [list, element("p", { class: "hint", text: `and ${found.length - 12} less likely ones` })] : [list];
}

function showTarget(target, answer) {
  const box = element("div", { class: "target" }, element("h3", { text: target.name }));
  if (target.task === "identity") {
    const vector = Object.keys(answer).filter((key) => key.startsWith(`${target.name}_embedding_`)).map((key) => number(answer[key]));
    box.append(element("p", { class: "hint", text: `A vector of ${vector.length} numbers: ${vector.slice(0, 8).join(", ")} …` }));
    return box;
  }
  if (target.task === "regression") {
    box.append(element("p", { class: "value", text: number(answer[target.name]) }));
    const levels = target.quantiles || [];
    if (levels.length > 1) {
      const [low, high] = [levels[0], levels[levels.length - 1]];
      const ends = [low, high].map((level) => number(answer[`${target.name}_quantile_${level}`]));
      box.append(element("p", { class: "hint", text: `between ${ends[0]} and ${ends[1]} in ${percent(high - low)} of cases` }));
    }
    return box;
  }
  if (target.task !== "multilabel") box.append(element("p", { class: "value", text: answer[target.name] ?? "no answer" }));
  if (answer[`${target.name}_probability_${target.classes[0]}`] !== null) box.append(...bars(target, answer));
  return box;
}

export function reveal() {
  find("result").hidden = false;
  if (matchMedia("(max-width: 56rem)").matches) find("result").scrollIntoView({ block: "start" });
  find("result").focus({ preventScroll: true });
}

export async function whileBusy(button, work) {
  button.disabled = true;
  try {
    await work();
  } catch (problem) {
    if (problem.status === undefined) throw problem;
    if (problem.status === 401) askForToken("The server has another token.");
    const rest = showErrors(find("form"), problem.errors);
    say([problem.title, ...rest].join(" "), problem.status === 500 ? problem.id : "");
    const first = find("form").querySelector("[aria-invalid=true]");
    if (first) { find("result").hidden = false; first.focus(); } else reveal();
  } finally {
    button.disabled = false;
  }
}

function networkPage(schema) {
  const form = find("form");
  makeForm(form, schema.fields);
  find("typical").hidden = !schema.fields.some((field) => field.range || (field.categories || []).length);
  find("typical").addEventListener("click", () => fillTypical(form, schema.fields));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    whileBusy(form.querySelector("[type=submit]"), async () => {
      showErrors(form, []);
      const row = await readForm(form, schema.fields);
      const answer = await ask("predict", row);
      find("answer").replaceChildren(...schema.answers.map((target) => showTarget(target, answer)));
      reveal();
    });
  });
}

function askForToken(message) {
  find("key").hidden = false;
  find("question").hidden = find("result").hidden = true;
  find("token-error").textContent = message;
  find("token").focus();
}

async function begin() {
  let schema;
  try {
    schema = await ask("schema");
  } catch (problem) {
    find("about").textContent = "";
    if (problem.status === 401) return askForToken(sessionStorage.getItem("token") ? "The server has another token." : "");
    find("result").hidden = false;
    return say(problem.title);
  }
  find("key").hidden = true;
  find("question").hidden = find("result").hidden = false;
  document.title = `${schema.recipe} · nnrecipes`;
  find("title").textContent = schema.recipe;
  find("about").textContent = `Run ${schema.run}`;
  find("engine").textContent = `answered by ${schema.engine}`;
  if (schema.kind === "recommender") makePicker(find("form"), find("answer"), schema);
  else networkPage(schema);
}

find("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("token", find("token").value);
  begin();
});
begin();
