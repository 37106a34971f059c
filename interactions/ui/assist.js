// What a page needs beside its elements: focus, a live region that keeps its node, and copying a row.
// It reads the page and presses its buttons; it holds nothing of its own.

const COMPOSER = '[data-testid="stChatInputTextArea"]';
const TURNS = '.st-key-conversation [class*="st-key-turn_"]';
const ENOUGH = 2000; // characters of an answer that are read out
const PAUSE = 250; // ms between two looks at the page
const SELDOM = 500; // ms between two looks at what scrolls
const instances = new WeakMap();

const last = (selector, root = document) => [...root.querySelectorAll(selector)].at(-1);

// "answering", or how the turn ended and what it says.
const situation = () => {
  const turn = last(TURNS);
  const status = turn?.querySelector(".status span")?.textContent.split(" · ")[0] ?? "";
  const over = turn && !document.querySelector(".st-key-stop");
  if (!over) return status;
  const parts = turn.querySelectorAll('[data-testid="stMarkdownContainer"], .trouble');
  const text = [...parts].map((part) => part.textContent.trim()).join("\n");
  return `${status}. ${text}`.slice(0, ENOUGH);
};

const focusComposer = () => {
  const composer = document.querySelector(COMPOSER);
  const free = document.activeElement === document.body || document.activeElement === null;
  // On a touch screen focus would open the keyboard over half of the page.
  if (composer && free && !matchMedia("(pointer: coarse)").matches) composer.focus();
  return Boolean(composer);
};

// An editor that has just opened is where its reader looks now.
const openEditor = (known) => {
  const editor = document.querySelector('[class*="st-key-edited_"] textarea');
  if (editor && editor !== known) {
    editor.focus({ preventScroll: true });
    editor.closest('[data-testid="stForm"]')?.scrollIntoView({ block: "nearest" });
  }
  return editor;
};

const typing = (target) => target.closest?.('input, textarea, select, [contenteditable="true"], [role="combobox"]');

const onKey = (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && !document.querySelector('[data-testid="stPopoverBody"], [role="listbox"], [role="dialog"]')) {
    document.querySelector(".st-key-stop button")?.click();
  } else if (event.key === "/" && !typing(event.target)) {
    event.preventDefault();
    document.querySelector(COMPOSER)?.focus();
  }
};

// Streamlit takes what was typed when its field is left; Escape closes a popover with the field still in use.
const onEscape = (event) => {
  const field = document.activeElement;
  if (event.key === "Escape" && field?.closest('[data-testid="stPopoverBody"]')) field.blur();
};

// A row gets its copy button when it is opened: thousands of them would slow the log.
const onToggle = (labels) => (event) => {
  const row = event.target;
  const pre = row.matches?.(".row[open]") && row.querySelector("pre");
  if (!pre || row.querySelector(".copy")) return;
  const button = Object.assign(document.createElement("button"), { className: "copy", type: "button", textContent: labels.copy });
  button.addEventListener("click", async () => {
    const text = [...pre.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join("");
    await navigator.clipboard.writeText(text.trim());
    button.textContent = labels.copied;
  });
  pre.before(button);
};

// What scrolls can be reached by keys (WCAG 2.2, 2.1.1). Not the closed rows of the log: each look at one is a
// layout, and there are hundreds.
const reachScrolled = () => {
  for (const pre of document.querySelectorAll(".stCode pre:not([tabindex]), .row[open] pre:not([tabindex])")) {
    if (pre.scrollWidth > pre.clientWidth || pre.scrollHeight > pre.clientHeight) pre.tabIndex = 0;
  }
};

const begin = (region, labels) => {
  let said = situation();
  let conversation;
  let editor;
  const look = () => {
    editor = openEditor(editor);
    const now = situation();
    if (now !== said) region.textContent = said = now;
    const here = location.search;
    if (here !== conversation && focusComposer()) conversation = here;
  };
  const timers = [setInterval(look, PAUSE), setInterval(reachScrolled, SELDOM)];
  const toggled = onToggle(labels);
  document.addEventListener("keydown", onEscape, true);
  document.addEventListener("keydown", onKey);
  document.addEventListener("toggle", toggled, true);
  return () => {
    timers.forEach(clearInterval);
    document.removeEventListener("keydown", onEscape, true);
    document.removeEventListener("keydown", onKey);
    document.removeEventListener("toggle", toggled, true);
  };
};

export default function ({ parentElement, data }) {
  if (!instances.has(parentElement)) {
    instances.set(parentElement, begin(parentElement.querySelector("[role=status]"), data));
  }
  return () => {
    instances.get(parentElement)?.();
    instances.delete(parentElement);
  };
}
