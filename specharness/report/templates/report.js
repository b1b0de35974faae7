"use strict";
// Draws the pairs from the page's data, on demand. Data only ever becomes textContent.
(() => {
  const PAGE = 100;
  const MOST_CELLS = 4e6; // of the table that finds the words two responses share
  const OUTCOMES = ["lost", "won", "error", "tie", "known miss", "kept"];
  const VERDICTS = ["prefers chosen", "prefers rejected", "tie", "error"];
  const MEMBERS = ["id", "group", "outcome", "must", "tags", "prompt", "chosen", "rejected",
    "source", "head", "base", "reference", "error"]; // as in casedata.py

  // ---- small helpers
  const el = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  };
  const button = (attributes, action, ...children) => {
    const node = el("button", { type: "button", ...attributes }, ...children);
    node.addEventListener("click", action);
    return node;
  };
  const fixed = (value, digits) => value.toFixed(digits).replace("-", "−");
  const nats = (value) => (value === null ? "–" : (value < 0 ? "" : "+") + fixed(value, 3));
  const decimals = (value, digits) => (value === null ? "–" : fixed(value, digits));
  const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
  const record = (row) => Object.fromEntries(MEMBERS.map((name, i) => [name, row[i]]));
  const margin = (score) => (score ? score[0] : null);
  const preference = (score) => (score ? score[2] : null);
  const change = (item) => (Number.isFinite(margin(item.head)) && Number.isFinite(margin(item.base)) ? item.head[0] - item.base[0] : null);
  const asked = (item) => (item.prompt.length ? item.prompt[item.prompt.length - 1][1] : "");
  const excerpt = (text, limit) => {
    const words = text.slice(0, 4 * limit).split(/\s+/).filter(Boolean).join(" ");
    return words.length <= limit ? words : words.slice(0, limit - 1) + "…";
  };
  const haystack = (item) => {
    item.hay ??= [item.id, item.outcome, item.must ? "must" : "", item.tags.join(" "), item.group,
      item.prompt.map((turn) => turn[1]).join("\n"), item.chosen, item.rejected, item.source,
      item.error].join("\n").toLowerCase();
    return item.hay;
  };

  const COLUMNS = [
    { title: "Outcome", label: "outcome", of: (item) => item.position, first: "up" },
    { title: "Pair", label: "id", of: (item) => item.id, first: "up" },
    { title: "Base\nmargin", label: "base margin", kind: "num base", of: (item) => margin(item.base) },
    { title: "Head\nmargin", label: "head margin", kind: "num", of: (item) => margin(item.head) },
    { title: "Change", label: "change", kind: "num change", of: change },
    { title: "Base\npref.", label: "base preference", kind: "num wide", of: (item) => preference(item.base) },
    { title: "Head\npref.", label: "head preference", kind: "num wide", of: (item) => preference(item.head) },
    { title: "Tags", label: "tags", kind: "wide", of: (item) => item.tags.join(" "), first: "up" },
  ];

  // ---- one pair
  const figures = (item) => COLUMNS.slice(2, 7).map((column) => {
    const value = column.of(item);
    const text = column.label.endsWith("preference") ? decimals(value, 2) : nats(value);
    return el("span", { class: column.kind }, el("span", { class: "label" }, column.label + " "), text);
  });
  const summary = (item) => el("summary", {},
    el("span", { class: "outcome is-" + item.outcome.replace(" ", "-") }, item.outcome),
    el("span", { class: "id" }, el("bdi", {}, item.id),
      item.must ? el("span", { class: "must" }, "must") : null,
      el("span", { class: "prompt" }, excerpt(asked(item), 110))),
    ...figures(item),
    el("span", { class: "tags" }, ...item.tags.map((tag) => el("span", { class: "tag text" }, tag))));
  const said = (text) => el("div", { class: "said text", tabindex: "0" }, text);
  const terms = (values) => [0, 2].map((i) => el("td", {},
    values[i] === null ? "–" : fixed(values[i], 2), el("small", {}, " / " + values[i + 1])));
  const scoreRow = (name, score) => el("tr", {}, el("th", { scope: "row" }, name),
    ...[nats(score[0]), nats(score[1]), decimals(score[2], 2), VERDICTS[score[3]]].map((text) => el("td", {}, text)),
    ...terms(score[4]));
  const scores = (item) => {
    const titles = ["Condition", "Margin", "Absolute", "Preference", "Verdict", "log p chosen", "log p rejected"];
    const head = titles.map((title, i) => el("th", { scope: "col" }, title,
      i > 4 ? el("small", {}, " / tokens") : null));
    const rows = [item.base && scoreRow("base", item.base), item.head && scoreRow("head", item.head),
      item.reference && el("tr", {}, el("th", { scope: "row" }, "reference"),
        ...[0, 1, 2, 3].map(() => el("td")), ...terms(item.reference))];
    return el("div", { class: "scroll", tabindex: "0" }, el("table", { class: "scores" },
      el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows.filter(Boolean))));
  };
  const body = (item, anchor) => {
    const sides = ["chosen", "rejected"].map((name) => said(item[name]));
    const titled = sides.map((side, i) => el("div", { class: i ? "side is-rejected" : "side is-chosen" },
      el("h4", {}, i ? "rejected" : "chosen"), side));
    const compare = button({ class: "tool", "aria-pressed": "false" }, () => {
      const on = compare.getAttribute("aria-pressed") === "false";
      compare.setAttribute("aria-pressed", String(on));
      const marked = on ? differing(item.chosen, item.rejected) : [[item.chosen], [item.rejected]];
      sides.forEach((side, i) => side.replaceChildren(...marked[i]));
    }, "Mark the words that differ");
    return el("div", { class: "body" },
      item.error ? el("p", { class: "caution text" }, "Could not be measured: " + item.error) : null,
      ...item.prompt.map(([role, content]) => el("div", { class: "turn" },
        el("h4", { class: "text" }, role), said(content))),
      el("div", { class: "sides" }, ...titled),
      item.head || item.base || item.reference ? scores(item) : null,
      el("p", { class: "about" }, compare, "Group ", el("span", { class: "text" }, item.group),
        item.source ? ", source " : "", el("span", { class: "text" }, item.source), ". ",
        el("a", { href: "#" + anchor }, "Link to this pair")));
  };
  // Words of each side that are not in their longest common subsequence, inside <mark>.
  function differing(left, right) {
    const [a, b] = [left, right].map((text) => text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? []);
    if ((a.length + 1) * (b.length + 1) > MOST_CELLS) {
      return [left, right].map((text) => [text + "\n\n(too long to compare by word)"]);
    }
    const wide = b.length + 1;
    const best = new Uint32Array((a.length + 1) * wide);
    for (let i = a.length - 1; i >= 0; i--) {
      for (let j = b.length - 1; j >= 0; j--) {
        best[i * wide + j] = a[i] === b[j] ? best[(i + 1) * wide + j + 1] + 1
          : Math.max(best[(i + 1) * wide + j], best[i * wide + j + 1]);
      }
    }
    const kept = [new Set(), new Set()];
    for (let i = 0, j = 0; i < a.length && j < b.length;) {
      if (a[i] === b[j]) { kept[0].add(i++); kept[1].add(j++); }
      else if (best[(i + 1) * wide + j] >= best[i * wide + j + 1]) i++;
      else j++;
    }
    return [a, b].map((words, side) => words.map((word, i) =>
      (kept[side].has(i) || !word.trim() ? word : el("mark", {}, word))));
  }

  // ---- one suite's list
  class Pairs {
    constructor(section, suite) {
      this.prefix = "pair/" + encodeURIComponent(suite.name) + "/";
      this.name = suite.name;
      this.section = section;
      this.all = suite.cases.map((row, position) => ({ ...record(row), position }));
      this.terms = [];
      this.outcome = "";
      this.sort = { column: COLUMNS[0], order: "up" };
      this.chips = this.makeChips();
      this.columns = COLUMNS.map((column) => button(
        { class: column.kind, "aria-label": "sort by " + column.label }, () => this.sortBy(column), column.title));
      this.list = el("ol", { class: "list" });
      this.empty = el("p", { class: "empty", hidden: true }, "No pair here matches.");
      this.further = button({ class: "tool further" }, () => this.more(5 * PAGE));
      section.append(el("div", { class: "chips", role: "group", "aria-label": "Show outcomes" }, ...this.chips.values()),
        el("div", { class: "columns", role: "group", "aria-label": "Sort pairs" }, ...this.columns),
        this.list, this.empty, this.further);
      this.update();
    }
    makeChips() {
      const chips = new Map();
      for (const outcome of ["", ...OUTCOMES]) {
        const count = this.all.filter((item) => !outcome || item.outcome === outcome).length;
        if (outcome && !count) continue;
        chips.set(outcome, button({}, () => { this.outcome = outcome; this.update(); hits(); },
          (outcome || "all") + " ", el("b", {}, count.toLocaleString("en"))));
      }
      return chips;
    }
    sortBy(column) {
      const first = column.first ?? "down";
      const again = this.sort.column === column;
      this.sort = { column, order: again ? (this.sort.order === "up" ? "down" : "up") : first };
      this.update();
    }
    search(terms) {
      this.terms = terms;
      this.update();
    }
    matches(item) {
      return (!this.outcome || item.outcome === this.outcome)
        && this.terms.every((term) => haystack(item).includes(term));
    }
    sorted(items) {
      const { column, order } = this.sort;
      const way = order === "up" ? 1 : -1;
      return items.map((item) => [column.of(item), item]).sort(([a, x], [b, y]) =>
        (a === null) - (b === null) || way * ((a > b) - (a < b)) || x.position - y.position).map(([, item]) => item);
    }
    update() {
      this.found = this.sorted(this.all.filter((item) => this.matches(item)));
      for (const [outcome, chip] of this.chips) chip.setAttribute("aria-pressed", String(outcome === this.outcome));
      COLUMNS.forEach((column, i) => {
        const on = column === this.sort.column && (i > 0 || this.sort.order === "down");
        this.columns[i].toggleAttribute("data-order", on);
        if (on) this.columns[i].setAttribute("data-order", this.sort.order);
        this.columns[i].setAttribute("aria-label", "sort by " + column.label + (on ? `, now ${this.sort.order}` : ""));
      });
      this.shown = 0;
      this.list.replaceChildren();
      this.empty.hidden = this.found.length > 0;
      this.more(PAGE);
    }
    more(count) {
      const next = this.found.slice(this.shown, this.shown + count);
      this.list.append(...next.map((item) => this.row(item)));
      this.shown += next.length;
      const left = this.found.length - this.shown;
      this.further.hidden = !left;
      this.further.textContent = `Show ${Math.min(left, 5 * PAGE)} more of ${left.toLocaleString("en")}`;
    }
    row(item) {
      const details = el("details", {}, summary(item));
      const fill = () => {
        if (details.open && details.children.length === 1) {
          details.append(body(item, this.prefix + encodeURIComponent(item.id)));
        }
      };
      details.addEventListener("toggle", fill);
      details.fill = fill;
      return el("li", {}, details);
    }
    open(item) {
      if (!this.matches(item)) {
        this.outcome = "";
        clearSearch();
        this.update();
      }
      const place = this.found.indexOf(item);
      if (place >= this.shown) this.more(place + PAGE - this.shown);
      const details = this.list.children[place].firstChild;
      details.open = true;
      details.fill();
      details.firstChild.focus({ preventScroll: true });
      details.scrollIntoView({ block: "start" });
    }
  }

  // ---- the page
  const query = document.getElementById("query");
  const status = document.getElementById("hits");
  const data = JSON.parse(document.getElementById("data").textContent);
  const views = [...document.querySelectorAll(".pairs")].map((section) =>
    new Pairs(section, data[Number(section.dataset.suite)]));
  const words = () => query.value.toLowerCase().split(/\s+/).filter(Boolean);

  function hits() {
    if (!words().length) return status.replaceChildren();
    const found = views.filter((view) => view.found.length);
    const total = views.reduce((sum, view) => sum + view.found.length, 0);
    const all = views.reduce((sum, view) => sum + view.all.length, 0);
    const links = found.length && views.length > 1 ? found.flatMap((view, i) => [i ? ", " : ": ",
      el("a", { href: "#" + view.section.getAttribute("aria-labelledby") },
        el("bdi", {}, view.name), " " + view.found.length.toLocaleString("en"))]) : [];
    return status.replaceChildren(`${total.toLocaleString("en")} of ${plural(all, "pair")}`, ...links);
  }
  function search() {
    views.forEach((view) => view.search(words()));
    hits();
  }
  function clearSearch() {
    query.value = "";
    search();
  }
  function follow() {
    const anchor = location.hash.slice(1);
    const view = views.find((candidate) => anchor.startsWith(candidate.prefix));
    const item = view?.all.find((candidate) => view.prefix + encodeURIComponent(candidate.id) === anchor);
    if (item) view.open(item);
  }

  let waiting = 0;
  query.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, 120);
  });
  query.addEventListener("keydown", (event) => {
    if (event.key === "Escape") clearSearch();
  });
  document.addEventListener("keydown", (event) => {
    const writing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "");
    if (event.key !== "/" || writing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    query.focus();
    query.select();
  });
  // a link that is already the address has to open its pair again
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#pair/"]');
    if (link && link.getAttribute("href") === location.hash) follow();
  });
  window.addEventListener("hashchange", follow);
  document.getElementById("find").hidden = views.length === 0;
  follow();
})();
