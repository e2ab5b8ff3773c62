"use strict";
// It counts days and opens what a link leads into; without it the page still shows hours, days and
// every text. It fetches nothing and stores nothing.
(() => {
  const DAY = 24 * 60 * 60 * 1000;
  const add = (day, days) => new Date(day.getTime() + days * DAY);
  const words = (day, options) =>
    day.toLocaleDateString("en-GB", { timeZone: "UTC", ...options });
  const long = (day) =>
    words(day, { weekday: "short", day: "numeric", month: "short", year: "numeric" });

  // A hold of N hours is so many whole days without a dose before the day, and none on that day;
  // hours beyond whole days are said beside the date.
  function span(row, day) {
    const hold = Number(row.dataset.hold);
    const restart = row.dataset.restart === undefined ? null : Number(row.dataset.restart);
    return {
      drug: row.dataset.drug,
      last: add(day, -Math.floor(hold / 24) - 1),
      before: hold % 24 ? `, at least ${hold} h before` : "",
      restart: restart === null ? null : add(day, Math.floor(restart / 24)),
      after: restart !== null && restart % 24 ? `, not before ${restart} h after` : "",
    };
  }

  function sentence(each) {
    const stop = `Last dose ${long(each.last)}${each.before}.`;
    if (each.restart === null) return `${stop} Restart: ask its prescriber.`;
    return `${stop} Restart ${long(each.restart)}${each.after}.`;
  }

  function cell(kind, text, label) {
    const made = document.createElement(kind);
    made.textContent = text;
    if (label) made.setAttribute("aria-label", label);
    return made;
  }

  function calendar(spans, day) {
    const ends = spans.map((each) => each.restart || add(day, 1));
    const first = add(new Date(Math.min(...spans.map((each) => each.last.getTime()))), -1);
    const last = add(new Date(Math.max(...ends.map((end) => end.getTime()), day.getTime())), 1);
    const table = document.createElement("table");
    const head = table.createTHead().insertRow();
    const days = [];
    for (let at = first; at <= last; at = add(at, 1)) days.push(at);
    for (const at of days) {
      const name = cell("th", words(at, { weekday: "narrow" }) + " " + at.getUTCDate(), long(at));
      if (at.getTime() === day.getTime()) name.className = "needle";
      head.append(name);
    }
    const body = table.createTBody();
    for (const each of spans) {
      const name = cell("th", each.drug);
      name.colSpan = days.length;
      body.insertRow().append(name);
      const row = body.insertRow();
      for (const at of days) {
        const needle = at.getTime() === day.getTime();
        const taken = at <= each.last || (each.restart !== null && at >= each.restart);
        const mark = cell("td", needle ? "▼" : taken ? "●" : "–");
        mark.className = needle ? "needle" : taken ? "taken" : "held";
        row.append(mark);
      }
    }
    const legend = cell("caption", "● dose   – no dose   ▼ procedure");
    table.prepend(legend);
    return table;
  }

  function dates(box) {
    const rows = [...document.querySelectorAll("#safety [data-hold]")];
    const picker = box.querySelector("input");
    const place = box.querySelector(".wrap");
    const lines = rows.map((row) => {
      const line = document.createElement("p");
      line.className = "dated";
      row.append(line);
      return line;
    });
    function show() {
      const day = picker.value ? new Date(picker.value + "T00:00:00Z") : null;
      const known = day !== null && !Number.isNaN(day.getTime());
      const spans = known ? rows.map((row) => span(row, day)) : [];
      lines.forEach((line, n) => (line.textContent = known ? sentence(spans[n]) : ""));
      place.replaceChildren(...(known ? [calendar(spans, day)] : []));
    }
    picker.value = box.dataset.day || "";
    picker.addEventListener("input", show);
    box.hidden = false;
    show();
  }

  function reveal() {
    const found = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!found) return;
    for (let part = found; part; part = part.parentElement) {
      if (part.tagName === "DETAILS") part.open = true;
    }
    found.scrollIntoView();
  }

  function start() {
    // The latest is what is looked for: a picture wider than the screen begins at its end.
    for (const zoom of document.querySelectorAll(".zoom")) zoom.scrollLeft = zoom.scrollWidth;
    const box = document.querySelector(".dates[hidden]");
    if (box) dates(box);
  }

  start();
  // Where the page is part of a service, parts of it are put in anew.
  document.addEventListener("htmx:afterSettle", start);
  window.addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    // The same link again changes no address.
    if (link && link.hash === location.hash) reveal();
  });
  if (location.hash) reveal();
})();
