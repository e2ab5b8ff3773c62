"use strict";
// Keys and ticks on lists, files dropped on a form, and a word when the service cannot be reached. Everything
// else is the browser's own or htmx; without scripts the pages still show and their forms still work.
(() => {
  const rows = () => [...document.querySelectorAll(".list tbody tr")];
  const here = () => rows().findIndex((row) => row.classList.contains("here"));

  function go(step) {
    const all = rows();
    if (!all.length) return;
    const at = here();
    const to = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
    if (at >= 0) all[at].classList.remove("here");
    all[to].classList.add("here");
    all[to].scrollIntoView({ block: "nearest" });
    // A row that leads nowhere takes the focus itself: Enter must not open the row before it.
    const link = all[to].querySelector("a");
    if (!link) all[to].tabIndex = -1;
    (link || all[to]).focus({ preventScroll: true });
  }

  const boxes = () => [...document.querySelectorAll("input[name=patient][form=letters]")];

  // How many people are ticked, in words; too many or nobody is said before anything is sent.
  function weighTicks() {
    const form = document.getElementById("letters");
    if (!form) return;
    const all = boxes();
    const whole = document.getElementById("all-shown");
    whole.checked = all.length > 0 && all.every((box) => box.checked);
    const number = new Set(all.filter((box) => box.checked).map((box) => box.value)).size;
    const most = Number(form.dataset.most);
    document.getElementById("ticked").textContent = number ? `${number} ticked.` : "";
    let trouble = number ? "" : "Tick who is to be referred, or all who are shown.";
    if (number > most) trouble = `${number} people are ticked; at most ${most} letters are made at once.`;
    whole.setCustomValidity(trouble);
  }

  document.addEventListener("change", (event) => {
    const changed = event.target;
    if (changed.id === "all-shown") boxes().forEach((box) => (box.checked = changed.checked));
    // A person may stand in several rows.
    else if (changed.form?.id === "letters")
      boxes().forEach((box) => (box.checked = box.value === changed.value ? changed.checked : box.checked));
    else return;
    weighTicks();
  });

  // The list is put in anew while it is filtered or still being read: who is ticked stays so.
  let ticked = new Set();
  document.addEventListener("htmx:beforeSwap", () => {
    ticked = new Set(boxes().filter((box) => box.checked).map((box) => box.value));
  });
  document.addEventListener("htmx:afterSettle", () => {
    boxes().forEach((box) => (box.checked = ticked.has(box.value)));
    weighTicks();
  });
  // Also when the browser comes back to the page, with its ticks.
  window.addEventListener("pageshow", weighTicks);

  function tick() {
    const row = document.activeElement.closest(".list tbody tr") || rows()[here()];
    row?.querySelector(".pick input")?.click();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=checkbox], [type=radio]), select, textarea")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const find = document.getElementById("words");
    if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else if (event.key === "x") tick();
    else if (event.key === "/" && find) {
      event.preventDefault();
      find.focus();
      find.select();
    }
  });

  const drop = document.getElementById("drop");
  if (drop) {
    const over = (on) => (event) => {
      event.preventDefault();
      drop.classList.toggle("over", on);
    };
    drop.addEventListener("dragover", over(true));
    drop.addEventListener("dragleave", over(false));
    const most = Number(drop.dataset.most);
    const input = drop.querySelector("input[type=file]");
    // Said before anything is sent; the service says the same of whatever comes all the same.
    const weigh = () => {
      const size = [...input.files].reduce((sum, file) => sum + file.size, 0);
      const over = size > most * 1048576;
      input.setCustomValidity(
        over ? `These files are ${Math.ceil(size / 1048576)} MB; at most ${most} MB can be sent at once.` : "",
      );
      if (over) input.reportValidity();
    };
    input.addEventListener("change", weigh);
    drop.addEventListener("drop", (event) => {
      over(false)(event);
      if (!event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      weigh();
      drop.requestSubmit();
    });
  }

  document.addEventListener("htmx:sendError", (event) => {
    const told = document.createElement("p");
    told.className = "notice";
    told.setAttribute("role", "alert");
    told.textContent = "The service cannot be reached. Nothing was changed.";
    event.detail.target.prepend(told);
  });
})();
