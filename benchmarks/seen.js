// Notes when each numbered word (w000123) is first in each pane, in milliseconds of the wall clock.
// Cheap enough not to be measured itself: of a text node that grew, only what is new is read.
(() => {
  const PANES = { log: ".st-key-event_log", conversation: ".st-key-conversation" };
  const WORD = /w(\d{6})/g;
  const LENGTH = 7;
  const seen = Object.fromEntries(Object.keys(PANES).map((pane) => [pane, []]));
  const bench = (window.bench = { seen, count: 0, now: () => performance.timeOrigin + performance.now() });
  const read = new WeakMap(); // text node -> the text that was read

  const paneOf = (node) => {
    const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
    return Object.keys(PANES).find((pane) => element?.closest(PANES[pane]));
  };

  const note = (words, text, now) => {
    for (const [, number] of text.matchAll(WORD)) {
      if (words[Number(number)] !== undefined) continue;
      words[Number(number)] = now;
      bench.count += 1;
    }
  };

  const readText = (node, words, now) => {
    const before = read.get(node) ?? "";
    // React gives a node that it has at hand another text; only what has grown was read in part.
    const from = node.data.startsWith(before) ? Math.max(0, before.length - LENGTH + 1) : 0;
    note(words, node.data.slice(from), now);
    read.set(node, node.data);
  };

  const readTree = (root, words, now) => {
    if (root.nodeType === Node.TEXT_NODE) return readText(root, words, now);
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) readText(texts.currentNode, words, now);
  };

  new MutationObserver((records) => {
    const now = bench.now();
    for (const { type, target, addedNodes } of records) {
      const pane = paneOf(target);
      if (!pane) continue;
      if (type === "characterData") readText(target, seen[pane], now);
      else for (const node of addedNodes) readTree(node, seen[pane], now);
    }
  }).observe(document, { subtree: true, childList: true, characterData: true });
})();
