"use strict";
// Keys on lists, files dropped on a form, and a word when the service cannot be reached. Everything
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
    const link = all[to].querySelector("a");
    if (link) link.focus({ preventScroll: true });
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const find = document.getElementById("words");
    if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
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
