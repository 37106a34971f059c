// What a page needs beside its elements: focus, a live region that keeps its node, copying a row, and a way to the
// end of what grows.
// It reads the page and presses its buttons; it holds nothing of its own.

const COMPOSER = '[data-testid="stChatInputTextArea"]';
const TURNS = '.st-key-conversation [class*="st-key-turn_"]';
const PANES = '.st-key-event_log, .st-key-conversation, [class*="st-key-compare_turns_"], [class*="st-key-compare_rows_"]';
const PAGER = '[class*="st-key-chevron_"]';
const BOTH = ".st-key-event_log, .st-key-conversation";
const CHOICES = '[data-testid="stSidebarNavLink"], .st-key-new_conversation button, .st-key-compare_new button, .st-key-library button, .st-key-library_undo button';
const ENOUGH = 2000; // characters of an answer that are read out
const PAUSE = 250; // ms between two looks at the page
const SELDOM = 500; // ms between two looks at what scrolls
const FAST = 2000; // ms between two looks for news, in the first minute of waiting
const SLOW = 10000; // ms, after it
const FIRST = 60000; // ms
const FRAMES = 3;
const LINE = 40; // pixels, for wheels that count lines
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

// A glide to where the end was is not there when it arrives, and a pane follows its end only from there. Nor is a
// jump if more comes in the same frame: so it is done in some frames.
const toEnd = (pane, frames = FRAMES) => {
  pane.scrollTo({ top: pane.scrollHeight, behavior: "instant" });
  if (frames > 1) requestAnimationFrame(() => toEnd(pane, frames - 1));
};

const reaches = (pane, distance) => pane.scrollTop + distance >= pane.scrollHeight - pane.clientHeight;

const onWheel = (event) => {
  const pane = event.target.closest?.(PANES);
  const distance = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE);
  if (pane && distance > 0 && reaches(pane, distance)) toEnd(pane);
};

const onEnd = (event) => {
  const pane = event.target.closest?.(PANES);
  if (!pane || typing(event.target)) return;
  if (event.key === "End" || (event.key === "PageDown" && reaches(pane, pane.clientHeight))) {
    event.preventDefault();
    toEnd(pane);
  }
};

// A message that is sent, and a conversation that is opened, are seen at their ends, wherever the panes stood; what
// is paged through beside them stays in its place. A pane that has nothing to scroll yet has no anchor either
// (Chromium): it is taken along until it has.
const follower = () => {
  const name = (node) => node?.className.match(/st-key-turn_\w+/)?.[0] ?? "";
  let node = last(TURNS);
  let turn = name(node);
  let held = true;
  let paging = false;
  const touch = (event) => {
    paging = Boolean(event.target.closest?.(PAGER));
    const pane = event.target.closest?.(PANES);
    if (!pane) return;
    pane.dataset.read = ""; // for the style sheet, too
    held = false;
  };
  const look = () => {
    const now = last(TURNS);
    // A conversation that is left and opened again between two looks has the same turns, in other nodes.
    const opened = name(now) !== turn || node?.isConnected === false;
    if (opened && !paging) {
      document.querySelectorAll(BOTH).forEach((pane) => toEnd(pane));
      held = true;
    }
    node = now;
    turn = name(now);
    if (!held || !document.querySelector(".st-key-stop")) return;
    for (const pane of document.querySelectorAll(BOTH)) if (!pane.scrollTop) toEnd(pane);
  };
  return { look, touch };
};

const onClick = (event) => {
  const pane = event.target.closest?.(".to-end")?.closest(PANES);
  if (pane) toEnd(pane);
};

// Where the sidebar lies over the page, it is out of the way once something was chosen in it.
const onChoice = (event) => {
  if (!matchMedia("(max-width: 768px)").matches || !event.target.closest?.(CHOICES)) return;
  document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
};

// What scrolls can be reached by keys (WCAG 2.2, 2.1.1). Not the closed rows of the log: each look at one is a
// layout, and there are hundreds.
const reachScrolled = () => {
  for (const pre of document.querySelectorAll(".stCode pre:not([tabindex]), .row[open] pre:not([tabindex])")) {
    if (pre.scrollWidth > pre.clientWidth || pre.scrollHeight > pre.clientHeight) pre.tabIndex = 0;
  }
};

// What the server says of the conversations now; what is known already, if it cannot be asked.
const ask = async ({ url, sign }) => {
  const answer = await fetch(url, { cache: "no-store" });
  const readable = answer.ok && answer.headers.get("content-type")?.startsWith("application/json");
  return readable ? (await answer.json()).sign : sign;
};

// Tells once when there is other news than what the page shows. Each call takes the place of the one before.
const watcher = () => {
  let timer;
  let round = 0;
  let told;
  return (watch, tell) => {
    clearTimeout(timer);
    const mine = ++round;
    if (!watch) return;
    const began = performance.now();
    const look = async () => {
      const found = await ask(watch).catch(() => watch.sign); // that the server is gone is said by Streamlit
      if (mine !== round) return;
      const waited = performance.now() - began;
      const over = watch.over !== null && waited > watch.over * 1000;
      const news = over && found === watch.sign ? `over ${found}` : found;
      if (news === watch.sign) told = undefined;
      else if (news !== told) tell((told = news));
      timer = setTimeout(look, waited < FIRST ? FAST : SLOW);
    };
    timer = setTimeout(look, FAST);
  };
};

const begin = (region, labels) => {
  let said = situation();
  let conversation;
  let editor;
  const panes = follower();
  const look = () => {
    editor = openEditor(editor);
    panes.look();
    const now = situation();
    if (now !== said) region.textContent = said = now;
    const here = location.search;
    if (here !== conversation && focusComposer()) conversation = here;
  };
  const timers = [setInterval(look, PAUSE), setInterval(reachScrolled, SELDOM)];
  const heard = [
    ["keydown", onEscape, { capture: true }],
    ["keydown", onKey],
    ["keydown", onEnd],
    ["toggle", onToggle(labels), { capture: true }],
    ["wheel", onWheel, { passive: true }],
    ...["wheel", "touchmove", "pointerdown", "keydown"].map((kind) => [kind, panes.touch, { passive: true }]),
    ["click", onClick],
    ["click", onChoice],
  ];
  heard.forEach((each) => document.addEventListener(...each));
  const watch = watcher();
  const end = () => {
    watch(null);
    timers.forEach(clearInterval);
    heard.forEach((each) => document.removeEventListener(...each));
  };
  return { watch, end };
};

// Called anew whenever the data are other ones.
export default function ({ parentElement, data, setTriggerValue }) {
  if (!instances.has(parentElement)) {
    instances.set(parentElement, begin(parentElement.querySelector("[role=status]"), data));
  }
  instances.get(parentElement).watch(data.watch, (news) => setTriggerValue("news", news));
  return () => {
    instances.get(parentElement)?.end();
    instances.delete(parentElement);
  };
}
