"use strict";
// Draws the pairs from the page's data, on demand. Data only ever becomes textContent.
(() => {
  const PAGE = 100;
  const PRINTED = 50; // opened pairs of a suite on paper
  const ALIKE = 0.4; // responses that share less of their words are not marked unasked
  const OUTCOMES = ["lost", "won", "error", "tie", "known miss", "kept"];
  const VERDICTS = ["prefers chosen", "prefers rejected", "tie", "error", "prefers head", "prefers base"];
  const MEMBERS = ["id", "group", "outcome", "must", "tags", "prompt", "chosen", "rejected",
    "source", "head", "base", "reference", "error", "replies", "moves"]; // as in casedata.py

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
  const nats = (value) => {
    if (value === null) return "–";
    if (value === 0) return "0.000";
    return (value < 0 ? "" : "+") + fixed(value, Math.abs(value) < 0.0005 ? 4 : 3);
  };
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
  const address = (fragment) => {
    try { history.replaceState(null, "", "#" + fragment); } catch { /* a sandboxed frame has no address */ }
  };
  const haystack = (item) => {
    item.hay ??= [item.id, item.outcome, item.must ? "must" : "", item.tags.join(" "), item.group,
      item.prompt.map((turn) => turn[1]).join("\n"), item.chosen, item.rejected, item.source,
      item.error, ...(item.replies ? item.replies.slice(0, 2) : [])].join("\n").toLowerCase();
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
  const said = (text, label) => el("div", { class: "said text", role: "group", "aria-label": label, tabindex: "0" }, text);
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
    return el("div", { class: "scroll", role: "group", "aria-label": "Scores", tabindex: "0" }, el("table", { class: "scores" },
      el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows.filter(Boolean))));
  };
  const orders = (values) => (values ? [decimals(values[0], 2), decimals(values[1], 2),
    values[2] ? String(values[2]) + (values[3] ? ` (${values[3]} unreadable)` : "") : "weighed"] : ["–", "–", "not asked"]);
  const judgedRow = (name, p, verdict, values) => el("tr", {}, el("th", { scope: "row" }, name),
    ...[decimals(p, 2), VERDICTS[verdict], ...orders(values)].map((text) => el("td", {}, text)));
  const judgedTable = (label, first, rows) => {
    const titles = ["Condition", "Preference", "Verdict", first + " first", first + " second", "Votes"];
    return el("div", { class: "scroll", role: "group", "aria-label": label, tabindex: "0" }, el("table", { class: "scores" },
      el("thead", {}, el("tr", {}, ...titles.map((title) => el("th", { scope: "col" }, title)))),
      el("tbody", {}, ...rows)));
  };
  const isJudged = (item) => item.head !== null && item.head[4] === null;
  const measured = (item) => {
    if (!isJudged(item)) return item.head || item.base || item.reference ? scores(item) : null;
    if (!item.base || !item.base[5]) return null;
    return judgedTable("Scores", "Chosen", ["base", "head"].map((name) => judgedRow(name, item[name][2], item[name][3], item[name][5])));
  };
  const replied = (item) => {
    if (!item.replies) return [];
    const [head, base, p, verdict, values, error] = item.replies;
    const side = (name, text) => el("div", { class: "side is-" + name }, el("h4", {}, "reply at " + name), said(text, "reply at " + name));
    return [el("div", { class: "sides" }, side("base", base), side("head", head)),
      error ? el("p", { class: "caution text" }, "Not compared: " + error)
        : judgedTable("Replies compared", "Head's reply", [judgedRow("replies", p, verdict, values)])];
  };
  // ---- where the specs moved the model
  const VIEWS = {
    head: ["Shade what the spec moved", "log p(token | spec) − log p(token | reference)"],
    edit: ["Shade what the edit moved", "log p(token | spec) − log p(token | spec before)"],
  };
  let shading = ""; // the view that was chosen last: the next pair opens with it
  const shadings = (item) => {
    const found = {};
    (item.moves ? Object.keys(VIEWS) : []).forEach((view, place) => {
      if (!item.moves.some((side) => side[1 + place])) return;
      found[view] = ["chosen", "rejected"].map((name, i) => shadesOf(item[name], item.moves[i][0], item.moves[i][1 + place]));
    });
    return found;
  };
  const moved = (value) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(Math.abs(value) < 1 ? 2 : 1);
  const token = ({ text, level, nats, ends }) => (level || ends ? el("span", {
    class: `token ${level < 0 ? "less" : "more"}-${Math.abs(level)}${ends ? " ends" : ""}${!text.trim() && text.includes("\n") ? " blank" : ""}`,
    title: `${moved(nats)} nats`,
  }, text) : text);
  const nameOf = (text) => text.trim() || text.replace(/\n/g, "↵").replace(/[ \t]/g, "␣");
  const told = (shades, name) => {
    const ways = movedMost(shades).map((way, i) => (way.length ? el("span", {}, i ? "less likely " : "more likely ",
      ...way.flatMap((it, j) => [j ? ", " : "", it.ends ? "(end of turn)" : el("q", {}, nameOf(it.text)), ` ${moved(it.nats)}`])) : null)).filter(Boolean);
    return el("p", { class: "moved text" }, el("b", {}, name), ": ",
      ...(ways.length ? ways.flatMap((way, i) => [i ? "; " : "", way]) : ["no token moved by 0.1 nats or more"]), ".");
  };
  const legend = (view, sides) => {
    const sample = (way, i) => el("span", { class: `token ${way}-${i + 1}` }, `${way === "more" ? "+" : "−"}${LEVELS[i]}`);
    const samples = (way) => LEVELS.flatMap((_, i) => [sample(way, i), " "]);
    return [el("p", { class: "key" }, VIEWS[view][1] + ", in nats. ",
      ...samples("more"), "and beyond: more likely (underlined); ", ...samples("less"), "less likely (dashed)."),
      ...sides.map((shades, i) => told(shades, ["chosen", "rejected"][i]))];
  };

  const marked = (stretches) => stretches.map(([text, differs]) => (differs ? el("mark", {}, text) : text));
  const body = (item, anchor) => {
    const names = ["chosen", "rejected"];
    const sides = names.map((name) => said(item[name], name));
    const titled = sides.map((side, i) => el("div", { class: "side is-" + names[i] }, el("h4", {}, names[i]), side));
    const differ = differing(item.chosen, item.rejected);
    const shades = shadings(item);
    const key = el("div", { class: "shading" });
    const tools = new Map();
    const show = (mode) => {
      for (const [name, tool] of tools) tool.setAttribute("aria-pressed", String(name === mode));
      const drawn = (i) => (shades[mode] ? shades[mode][i].map(token) : mode ? marked(differ.sides[i]) : [item[names[i]]]);
      sides.forEach((side, i) => side.replaceChildren(...drawn(i)));
      key.replaceChildren(...(shades[mode] ? legend(mode, shades[mode]) : []));
    };
    const tool = (mode, text, attributes = {}) => tools.set(mode, button({ class: "tool", "aria-pressed": "false", ...attributes }, () => {
      const on = tools.get(mode).getAttribute("aria-pressed") === "false";
      shading = on && shades[mode] ? mode : "";
      show(on ? mode : "");
    }, text));
    tool("words", "Mark the words that differ", { disabled: !differ });
    Object.keys(shades).forEach((view) => tool(view, VIEWS[view][0]));
    show(shades[shading] ? shading : differ && differ.shared >= ALIKE ? "words" : "");
    const shared = differ ? `They share ${Math.round(100 * differ.shared)} % of their words. ` : "Too long to compare by word. ";
    return el("div", { class: "body" },
      item.error ? el("p", { class: "caution text" }, "Could not be measured: " + item.error) : null,
      ...item.prompt.map(([role, content]) => el("div", { class: "turn" },
        el("h4", { class: "text" }, role), said(content, role))),
      el("div", { class: "sides" }, ...titled),
      el("div", { class: "tools", role: "group", "aria-label": "What to mark" }, ...tools.values()),
      key,
      ...replied(item),
      measured(item),
      el("p", { class: "about" }, shared, "Group ", el("span", { class: "text" }, item.group),
        item.source ? ", source " : "", el("span", { class: "text" }, item.source), ". ",
        el("a", { href: "#" + anchor }, "Link to this pair")));
  };

  // ---- one suite's list
  class Pairs {
    constructor(section, suite) {
      this.prefix = encodeURIComponent(suite.name) + "/";
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
      this.list.addEventListener("keydown", (event) => this.walk(event));
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
    print() {
      const opened = [...this.list.querySelectorAll(".is-lost, .is-won")].slice(0, PRINTED)
        .map((outcome) => outcome.closest("details")).filter((details) => !details.open);
      opened.forEach((details) => { details.open = true; details.fill(); });
      return opened;
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
      const anchor = this.prefix + encodeURIComponent(item.id);
      details.fill = () => {
        if (details.children.length === 1) details.append(body(item, anchor));
      };
      // what was opened by hand is what the address then leads to
      details.firstChild.addEventListener("click", () => { if (!details.open) address(anchor); });
      details.addEventListener("toggle", () => { if (details.open) details.fill(); });
      return el("li", {}, details);
    }
    // Arrow keys go through the pairs and open and close them; Escape leaves a pair's texts.
    walk(event) {
      const row = event.target.closest("li");
      const summary = row?.querySelector("summary");
      if (event.ctrlKey || event.metaKey || event.altKey || !summary) return;
      if (event.key === "Escape") {
        row.firstChild.open = false;
        summary.focus();
      }
      if (event.target !== summary) return;
      if (event.key === "ArrowDown" && !row.nextSibling) this.more(PAGE);
      const to = { ArrowDown: row.nextSibling, ArrowUp: row.previousSibling,
        Home: this.list.firstChild, End: this.list.lastChild }[event.key];
      if (to) to.querySelector("summary").focus();
      if (event.key === "ArrowRight" && !row.firstChild.open) summary.click();
      if (event.key === "ArrowLeft") row.firstChild.open = false;
      if (to || event.key.startsWith("Arrow")) event.preventDefault();
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
  const sections = [...document.querySelectorAll(".pairs")];
  const views = [];
  const words = () => query.value.toLowerCase().split(/\s+/).filter(Boolean);

  function hits() {
    if (!words().length) return status.replaceChildren();
    const found = views.filter((view) => view.found.length);
    const total = views.reduce((sum, view) => sum + view.found.length, 0);
    const all = views.reduce((sum, view) => sum + view.all.length, 0);
    const links = found.length && views.length > 1 ? found.flatMap((view, i) => [i ? ", " : ": ",
      el("a", { href: "#pairs-" + view.section.dataset.suite },
        el("bdi", {}, view.name), " " + view.found.length.toLocaleString("en"))]) : [];
    return status.replaceChildren(`${total.toLocaleString("en")} of ${plural(all, "pair")}`, ...links);
  }
  function search() {
    const started = performance.now();
    views.forEach((view) => view.search(words()));
    hits();
    performance.measure("search", { start: started });
  }
  function clearSearch() {
    query.value = "";
    search();
  }
  // Shows what the address names: a pair (suite/id), or a rule or suite that stands on the page.
  function follow() {
    const anchor = location.hash.slice(1);
    const view = views.find((candidate) => anchor.startsWith(candidate.prefix));
    const item = view?.all.find((candidate) => view.prefix + encodeURIComponent(candidate.id) === anchor);
    if (item) return view.open(item);
    const there = document.getElementById(anchor);
    const fold = there?.closest("details");
    if (fold) fold.open = true;
    return there?.scrollIntoView();
  }
  async function load() {
    let moved = false;
    addEventListener("wheel", () => { moved = true; }, { once: true, passive: true });
    for (const section of sections) {
      section.setAttribute("aria-busy", "true");
      const packed = document.getElementById("data-" + section.dataset.suite);
      try {
        views.push(new Pairs(section, await unpack(packed.textContent)));
      } catch (error) {
        const old = typeof DecompressionStream === "undefined";
        section.append(el("p", { class: "caution" }, old
          ? "This browser cannot unpack the pairs. One of 2023 or later can; without JavaScript, any shows the first ones."
          : `The pairs could not be unpacked (${error.message}): the file is damaged. Run \`specharness report\` again.`));
      } finally {
        section.removeAttribute("aria-busy");
      }
      packed.remove(); // twice in memory is once too often
      if (words().length) search();
    }
    if (location.hash && !moved) follow();
    prepare();
  }
  // Lower case is made while nobody waits, so that the first search is as quick as the next.
  function prepare() {
    const items = views.flatMap((view) => view.all);
    const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 50));
    const some = () => {
      items.splice(-500).forEach(haystack);
      if (items.length) idle(some);
    };
    idle(some);
  }

  // The parts of a suite stand in the page; sorting them is all that needs a script.
  function sortable(table) {
    const body = table.tBodies[0];
    const heads = [...table.tHead.rows[0].cells];
    const value = (row, i) => {
      const given = row.cells[i].dataset.value ?? row.cells[i].textContent;
      return heads[i].classList.contains("num") ? (given === "" ? null : Number(given)) : given;
    };
    const sort = (i) => {
      const order = heads[i].getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
      const way = order === "ascending" ? 1 : -1;
      heads.forEach((head) => head.removeAttribute("aria-sort"));
      heads[i].setAttribute("aria-sort", order);
      body.append(...[...body.rows].map((row) => [value(row, i), row]).sort(([a], [b]) =>
        (a === null) - (b === null) || way * ((a > b) - (a < b))).map(([, row]) => row));
    };
    heads.forEach((head, i) => {
      if (head.tagName === "TH") head.replaceChildren(button({}, () => sort(i), head.textContent));
    });
  }
  document.querySelectorAll("table.slices").forEach(sortable);

  let waiting = 0;
  query.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, 120);
  });
  query.addEventListener("keydown", (event) => {
    if (event.key === "Escape") clearSearch();
    if (event.key !== "Enter" && event.key !== "ArrowDown") return;
    event.preventDefault();
    clearTimeout(waiting);
    search();
    document.querySelector(".list summary")?.focus();
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
    const link = event.target.closest?.('a[href^="#"]');
    if (link && link.getAttribute("href") === location.hash) follow();
  });
  let printed = [];
  addEventListener("beforeprint", () => {
    printed = views.flatMap((view) => view.print());
    const folds = [...document.querySelectorAll(".fold.edited:not([open])")];
    folds.forEach((fold) => { fold.open = true; });
    printed.push(...folds);
  });
  addEventListener("afterprint", () => printed.splice(0).forEach((details) => { details.open = false; }));
  addEventListener("hashchange", follow);
  document.getElementById("find").hidden = sections.length === 0;
  load();
})();
