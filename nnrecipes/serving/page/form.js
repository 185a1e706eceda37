// Fields of a schema -> a form with labels, ranges and lists; what it holds -> a row; errors -> beside their fields.
import { element } from "./page.js";

const MANY = 20;
const LISTED = 200;
const id = (place) => `field-${place}`;

function control(field, place) {
  const shared = { id: id(place), name: field.name, "aria-describedby": `${id(place)}-hint ${id(place)}-error`, "aria-required": field.required ? "true" : null };
  if (field.kind === "number") return [element("input", { ...shared, type: "text", inputmode: "decimal", autocomplete: "off" })];
  if (field.kind === "date") return [element("input", { ...shared, type: "date" })];
  if (field.kind === "text") return [element("textarea", { ...shared, rows: 4 })];
  if (field.kind === "series") return [element("textarea", { ...shared, rows: 3, inputmode: "decimal" })];
  if (field.kind === "image") {
    const input = element("input", { ...shared, type: "file", accept: "image/*" });
    const preview = element("img", { class: "preview", alt: `The chosen image for ${field.name}`, hidden: true });
    input.addEventListener("change", () => {
      if (preview.src) URL.revokeObjectURL(preview.src);
      preview.hidden = !input.files.length;
      if (input.files.length) preview.src = URL.createObjectURL(input.files[0]);
    });
    return [input, preview];
  }
  const categories = field.categories || [];
  if (categories.length && categories.length <= LISTED) {
    const none = element("option", { value: "", text: field.required ? "Choose …" : "(missing)" });
    return [element("select", shared, none, ...categories.map((name) => element("option", { value: name, text: name })))];
  }
  const list = element("datalist", { id: `${id(place)}-list` }, ...categories.slice(0, 2000).map((name) => element("option", { value: name })));
  return [element("input", { ...shared, type: "text", list: list.id, autocomplete: "off" }), list];
}

const plain = (value, digits = 4) => Number(value.toPrecision(digits)).toString();

function hint(field) {
  if (field.range) {
    const [low, high] = field.range.map((end) => plain(end, field.range_is_exact ? 4 : 2));
    return `${field.range_is_exact ? "" : "about "}${low} to ${high}`;
  }
  if (field.kind === "image") return field.required ? "PNG, JPEG or WebP" : "PNG, JPEG or WebP; may be missing";
  if (field.kind === "series") return `${field.shape[0]} numbers, with blanks or commas between them`;
  if (field.kind === "category" && (field.categories || []).length > LISTED) return `${field.categories.length} categories; others count as unseen`;
  return field.required ? "" : "may be missing";
}

export function makeForm(form, fields) {
  form.classList.toggle("many", fields.length > MANY);
  const boxes = fields.map((field, place) => {
    const wide = ["text", "series"].includes(field.kind);
    const label = element("label", { for: id(place), text: field.name });
    if (field.required) label.append(element("span", { class: "need", "aria-hidden": "true", text: " *" }));
    return element("div", { class: wide ? "field wide" : "field" }, label, ...control(field, place),
      element("p", { class: "hint", id: `${id(place)}-hint`, text: hint(field) }),
      element("p", { class: "error", id: `${id(place)}-error`, role: "alert" }));
  });
  form.replaceChildren(element("div", { class: "fields" }, ...boxes),
    element("div", { class: "actions" }, element("button", { type: "submit", text: "Predict" }),
      fields.some((field) => field.required) ? element("span", { class: "hint", text: "* needed" }) : null));
  form.addEventListener("input", (event) => clear(event.target));
}

function clear(input) {
  const error = document.getElementById(`${input.id}-error`);
  if (!error) return;
  error.textContent = "";
  input.removeAttribute("aria-invalid");
}

function asNumber(text) {
  const value = Number(text);
  return text !== "" && Number.isFinite(value) ? value : text;
}

function asBase64(file) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(file);
  });
}

async function read(input, field) {
  if (field.kind === "image") return input.files.length ? asBase64(input.files[0]) : null;
  const text = field.kind === "text" ? input.value : input.value.trim();
  if (text === "") return null;
  if (field.kind === "number") return asNumber(text);
  if (field.kind === "series") return text.split(/[\s,;|]+/).filter(Boolean).map(asNumber);
  return text;
}

export async function readForm(form, fields) {
  const row = {};
  for (const [place, field] of fields.entries()) row[field.name] = await read(document.getElementById(id(place)), field);
  return row;
}

// Puts each error beside its field and returns the messages of those that have none.
export function showErrors(form, errors) {
  const controls = [...form.querySelectorAll("[name]")];
  controls.forEach(clear);
  const rest = [];
  for (const error of errors) {
    const input = controls.find((each) => each.name === error.field);
    if (!input) { rest.push(error.message); continue; }
    input.setAttribute("aria-invalid", "true");
    const hint = error.did_you_mean ? ` Did you mean ${error.did_you_mean}?` : "";
    document.getElementById(`${input.id}-error`).textContent = `Expected ${error.expected}. Received: ${error.received}.${hint}`;
  }
  return rest;
}

export function fillTypical(form, fields) {
  fields.forEach((field, place) => {
    const input = document.getElementById(id(place));
    if (field.range) input.value = plain((field.range[0] + field.range[1]) / 2);
    else if ((field.categories || []).length) input.value = field.categories[0];
    clear(input);
  });
}
