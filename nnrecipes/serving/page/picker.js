// A recommender's page: a history is picked by title, and what comes back can be added to it.
import { ask, element, whileBusy, reveal } from "./page.js";

const titleOf = (item) => item.title || item.item;

function combobox(schema, pick) {
  const input = element("input", { id: "pick", name: "history", type: "text", role: "combobox", autocomplete: "off", "aria-expanded": "false",
    "aria-controls": "options", "aria-autocomplete": "list", "aria-describedby": "pick-hint pick-error" });
  const options = element("ul", { id: "options", class: "options", role: "listbox", "aria-label": "Items", hidden: true });
  let shown = [], at = -1, asked = 0, timer = 0;

  const close = () => { options.hidden = true; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); at = -1; };
  const choose = (item) => { pick(item); input.value = ""; close(); input.focus(); };
  const mark = (place) => {
    at = (place + shown.length) % shown.length;
    [...options.children].forEach((option, each) => option.setAttribute("aria-selected", String(each === at)));
    input.setAttribute("aria-activedescendant", `option-${at}`);
    options.children[at].scrollIntoView({ block: "nearest" });
  };
  const search = async () => {
    const mine = ++asked;
    const found = await ask(`items?limit=12&q=${encodeURIComponent(input.value.trim().slice(0, 200))}`).catch(() => ({ items: [] }));
    if (mine !== asked || document.activeElement !== input) return;
    shown = found.items;
    at = -1;
    options.replaceChildren(...shown.map((item, place) => {
      const option = element("li", { id: `option-${place}`, role: "option", "aria-selected": "false", text: titleOf(item) });
      option.addEventListener("mousedown", (event) => { event.preventDefault(); choose(item); });
      return option;
    }));
    options.hidden = !shown.length;
    input.setAttribute("aria-expanded", String(!!shown.length));
  };
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 120); });
  input.addEventListener("click", search);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (options.hidden) search(); else mark(event.key === "ArrowDown" ? at + 1 : at < 0 ? -1 : at - 1);
    } else if (event.key === "Enter" && !options.hidden && (at >= 0 || input.value)) {
      event.preventDefault();
      choose(shown[Math.max(at, 0)]);
    } else if (event.key === "Escape") close();
  });
  return element("div", { class: "picker" }, input, options);
}

export function makePicker(form, answer, schema) {
  const history = [];
  const chosen = element("ul", { class: "chosen", "aria-label": "The history" });
  const count = element("p", { class: "hint", "aria-live": "polite" });

  const draw = () => {
    chosen.replaceChildren(...history.map((item, place) => {
      const remove = element("button", { type: "button", "aria-label": `Remove ${titleOf(item)}`, text: "×" });
      remove.addEventListener("click", () => { history.splice(place, 1); draw(); document.getElementById("pick").focus(); });
      return element("li", {}, element("span", { text: titleOf(item) }), remove);
    }));
    count.textContent = history.length ? `${history.length} in the history` : "Nothing picked: the answer is what is popular.";
  };
  const pick = (item) => { if (!history.some((each) => each.item === item.item)) history.push(item); draw(); };

  document.getElementById("question-title").textContent = "A history";
  form.replaceChildren(
    element("div", { class: "field" }, element("label", { for: "pick", text: schema.titles ? "Add an item by its title" : "Add an item" }),
      combobox(schema, pick),
      element("p", { class: "hint", id: "pick-hint", text: `${schema.items.toLocaleString()} items; arrow keys and Enter choose` }),
      element("p", { class: "error", id: "pick-error", role: "alert" })),
    chosen, count,
    element("div", { class: "actions" }, element("button", { type: "submit", text: "Recommend" })));
  draw();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    whileBusy(form.querySelector("[type=submit]"), async () => {
      const found = await ask("recommend", { history: history.map((item) => item.item), k: 10 });
      answer.replaceChildren(list(found.items, pick), ...found.notices.map((text) => element("p", { class: "hint", text })));
      reveal();
    });
  });
}

function list(items, pick) {
  if (!items.length) return element("p", { class: "quiet", text: "No items are left." });
  return element("ol", { class: "listed" }, ...items.map((item) => {
    const add = element("button", { type: "button", class: "second", text: "Add", "aria-label": `Add ${titleOf(item)} to the history` });
    add.addEventListener("click", () => { pick(item); add.disabled = true; });
    return element("li", {}, element("span", { class: "name", text: titleOf(item) }), add);
  }));
}
