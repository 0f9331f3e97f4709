// From and to other tools: a file is looked at before anything of it is taken, and what is taken can be given back.
// In bytes: one message must stay far below what Jupyter's server lets through, which is 10 MB.
const PIECE = 1 << 20;
const READING = { ms: 30000, words: "This takes long: the file is large. If the kernel was started again, run all cells again." };
// What no browser shows.
const DOWNLOADED = /\.(xlsx|parquet)$/;
const ORDERS = [["", "as guessed"], ["dmy", "day first, as in 28/11/2026"], ["mdy", "month first, as in 11/28/2026"]];

function elsewhere(form) {
  const { ask } = form;
  const one = part("From and to other tools", []);
  let choices = null, name = "", isFirst = true;
  const note = h("div", { class: "pk-status", role: "status" });
  const shown = h("div", { class: "pk-preview" });

  // Import.
  const input = newId();
  const file = h("input", { type: "file", class: "pk-file", id: input, on: { change: () => { if (file.files[0]) receive(file.files[0]); } } });
  const drop = h("div", { class: "pk-drop" },
    h("label", { class: "pk-label", htmlFor: input }, "A file that another tool exported; drop it here or choose it"), file);
  const over = (is) => drop.classList.toggle("pk-over", is);
  for (const [kind, is] of [["dragenter", true], ["dragover", true], ["dragleave", false], ["drop", false]])
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      event.stopPropagation();
      over(is);
      if (kind === "drop" && event.dataTransfer.files[0]) receive(event.dataTransfer.files[0]);
    });

  // What was shown is gone with the next file; a failure is told where the eyes are.
  async function asked(message, doing, how = READING) {
    note.textContent = doing;
    one.body.setAttribute("aria-busy", "true");
    file.disabled = true;
    const reply = await ask(message, note, how);
    one.body.setAttribute("aria-busy", "false");
    file.disabled = false;
    note.textContent = reply.ok ? "" : reply.error;
    return reply;
  }
  async function receive(chosen) {
    shown.replaceChildren();
    name = chosen.name;
    let at = 0;
    do {
      const bytes = await chosen.slice(at, at + PIECE).arrayBuffer().catch(() => null);
      if (!bytes) { note.textContent = "The browser cannot read this file. Choose it again."; return; }
      const reply = await asked({ do: "receive", name, size: chosen.size, at }, `Reading ${name}…`, { ...READING, bytes });
      if (!reply.ok) { file.value = ""; return; }
      at += PIECE;
    } while (at < chosen.size);
    await look({});
  }
  async function look(how) {
    const reply = await asked({ do: "look", ...how }, `Looking at ${name}…`);
    if (!reply.ok) return;
    await known();
    preview(reply.done);
  }
  async function known() {
    if (choices) return;
    const reply = await ask({ do: "file_choices" }, note);
    if (reply.ok) choices = reply.done;
  }
  // Of a table without a column that can be told to be the promise it is asked which one is.
  function question(told) {
    const heading = h("h3", { class: "pk-part-title", tabIndex: -1 }, "Which column is which");
    shown.replaceChildren(heading, h("p", {}, h("strong", {}, said(told.file)), ": ", told.asks), table(told.table, null),
      h("div", { class: "pk-row pk-actions" }, cancel()));
    heading.focus();
  }
  const cancel = () => button("Cancel", async () => {
    await ask({ do: "put_away" }, note);
    away("Nothing was imported.");
  });
  function preview(told) {
    if (told.asks) { question(told); return; }
    const n = Object.values(told.added).reduce((sum, count) => sum + count, 0) + told.changed;
    const heading = h("h3", { class: "pk-part-title", tabIndex: -1 }, "What importing it would do");
    const bring = button(n ? `Import ${n}` : "Import", async () => {
      const reply = await asked({ do: "bring_in" }, "Importing…");
      if (!reply.ok) return;
      away(`Imported: ${reply.done}. They are in your ledger now; "Take back the last import" undoes it.`);
    }, { class: "pk-button pk-main", disabled: !n });
    shown.replaceChildren(heading, ...words(told), ...(told.table ? [table(told.table, bring)] : []),
      h("div", { class: "pk-row pk-actions" }, bring, cancel()));
    heading.focus();
  }
  function away(text) {
    shown.replaceChildren();
    file.value = "";
    note.textContent = text;
    file.focus();
  }
  function words(told) {
    const lines = [h("p", {}, h("strong", {}, said(told.file)), ` is ${told.title}${told.suffix_differs ? ", whatever its name says" : ""}.`)];
    const became = Object.entries(told.added).filter(([, count]) => count);
    const rows = [...became.map(([outcome, count]) => [`new, ${outcome}`, count]),
      ["known, with news", told.changed], ["known already", told.known_already], ["skipped", told.skipped], ["read with a remark", told.remarked]].filter(([, count]) => count);
    lines.push(rows.length
      ? h("table", {}, h("caption", {}, "Nothing is written yet"), h("tbody", {}, rows.map(([what, count]) => h("tr", {}, h("th", { scope: "row" }, what), h("td", {}, String(count))))))
      : h("p", { class: "pk-empty" }, "There is nothing in it."));
    if (!became.length && !told.changed && rows.length) lines.push(h("p", {}, "There is nothing new to import."));
    return [...lines, ...listed("Skipped lines", told.skipped_lines.map(({ line, reason }) => [line, reason]), told.skipped),
      ...listed("Remarks", told.remarks.map(({ line, said: text }) => [line, text]), told.remarked)];
  }
  function listed(title, rows, n) {
    if (!rows.length) return [];
    const more = n > rows.length ? [h("li", {}, `and ${n - rows.length} more; peerkit import FILE --dry-run --json lists them`)] : [];
    // One reason is said once, with all of its lines.
    const lines = new Map();
    for (const [line, text] of rows) lines.set(text, [...(lines.get(text) ?? []), line]);
    return [h("details", { class: "pk-also", open: lines.size <= 5 }, h("summary", {}, `${title} (${n})`),
      h("ul", {}, [...lines].map(([text, at]) => h("li", {}, `${at.length > 1 ? "Lines" : "Line"} ${at.join(", ")}: ${text}`)), more))];
  }
  // What was guessed of a table stays open to be said otherwise, and is looked at again before it counts.
  function table({ columns, day_first: first }, bring) {
    const picks = columns.map(([column, taken]) => {
      const id = newId();
      const names = { ...choices?.taken_as, ...(taken && !(taken in (choices?.taken_as ?? {})) ? { [taken]: taken } : {}) };
      const pick = h("select", { class: "pk-input pk-select", id }, h("option", { value: "" }, "not used"),
        Object.entries(names).map(([value, text]) => h("option", { value }, text)));
      pick.value = taken;
      return { column, id, pick };
    });
    const label = newId();
    const order = h("select", { class: "pk-input pk-select", id: label }, ORDERS.map(([value, text]) => h("option", { value }, text)));
    order.value = first === null ? "" : first ? "dmy" : "mdy";
    const again = button("Look again", () =>
      look({ columns: Object.fromEntries(picks.map(({ column, pick }) => [column, pick.value])), dates: order.value }));
    const changed = () => { if (bring) bring.disabled = true; note.textContent = "Look again to see what this changes."; };
    [...picks.map(({ pick }) => pick), order].forEach((pick) => pick.addEventListener("change", changed));
    return h("div", { class: "pk-columns" },
      h("table", {}, h("caption", {}, "What each column is taken as"),
        h("thead", {}, h("tr", {}, ["column of the file", "is"].map((text) => h("th", { scope: "col" }, text)))),
        h("tbody", {}, picks.map(({ column, id, pick }) =>
          h("tr", {}, h("th", { scope: "row" }, h("label", { htmlFor: id, dir: "auto" }, column)), h("td", {}, pick))))),
      h("div", { class: "pk-row" }, h("label", { class: "pk-label", htmlFor: label }, "Days are written"), order, again));
  }
  let isSure = false;
  const back = button("Take back the last import", async () => {
    if (!isSure) {
      isSure = true;
      back.textContent = "Yes, take it back";
      note.textContent = "What it added no longer counts then; what you worked on since stays.";
      return;
    }
    calm();
    const reply = await asked({ do: "take_back" }, "Taking it back…");
    if (reply.ok) note.textContent = reply.done;
  });
  const calm = () => { isSure = false; back.textContent = "Take back the last import"; };
  back.addEventListener("blur", calm);

  // Export.
  const which = newId(), whom = newId(), help = newId();
  const formats = h("select", { class: "pk-input pk-select", id: which });
  const audiences = h("select", { class: "pk-input pk-select", id: whom, "aria-describedby": help },
    form.spec.audiences.map(({ id, title }) => h("option", { value: id }, title)));
  const made = h("span", { class: "pk-made-pdf" });
  const news = status();
  const write = button("Export", async () => {
    made.replaceChildren();
    news.textContent = "Writing…";
    write.disabled = true;
    const reply = await ask({ do: "write_out", format: formats.value, audience: audiences.value }, news, SLOW);
    write.disabled = false;
    write.focus();
    news.textContent = reply.ok ? reply.done.said : reply.error;
    if (reply.ok) made.replaceChildren(link(`${DOWNLOADED.test(reply.done.name) ? "Download" : "Open"} ${reply.done.name}`, reply.done.href, { target: "_blank", rel: "noopener" }));
  });
  const taking = h("div", { class: "pk-out" },
    h("h3", { class: "pk-part-title" }, "To another tool"),
    h("div", { class: "pk-row" }, h("label", { class: "pk-label", htmlFor: which }, "Format"), formats,
      h("label", { class: "pk-label", htmlFor: whom }, "For whom"), audiences, write),
    h("p", { class: "pk-help", id: help }, "It is written to the folder exports. Other tools' lists hold your own promises; JSON, CSV, Excel, Parquet and Markdown those of both."),
    h("div", { class: "pk-row" }, news, made));

  // Who needs it opens it: what there is to choose from is asked for then.
  const fold = h("details", { class: "pk-elsewhere", on: { toggle: async () => {
    if (!fold.open || !isFirst) return;
    isFirst = false;
    await known();
    formats.replaceChildren(...(choices?.writes ?? []).map(({ name: value, title }) => h("option", { value }, title)));
    reads.textContent = choices ? `Reads ${choices.reads.join(", ")}.` : "";
  } } }, h("summary", {}, "Import promises from another tool, or take them there"));
  const reads = h("p", { class: "pk-help" });
  fold.append(h("h3", { class: "pk-part-title" }, "From another tool"), drop, reads, note, shown, h("div", { class: "pk-row pk-back" }, back), taking);
  one.body.append(fold);
  return one;
}
