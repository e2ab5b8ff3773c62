"use strict";
// Answers outlive a reload of the page, in this tab only, until they are sent. Without scripts the
// form works all the same.
(() => {
  const form = document.getElementById("ask");
  const prefix = "painpath form ";
  const forget = () => Object.keys(sessionStorage).filter((key) => key.startsWith(prefix)).forEach((key) => sessionStorage.removeItem(key));
  if (document.querySelector("[data-sent]")) forget();
  if (!form) return;
  const check = document.getElementById("check");
  if (check) check.focus();
  const place = prefix + form.dataset.of;
  const fields = () => [...form.querySelectorAll("input:not([type=hidden]), select")];
  let kept = {};
  try {
    kept = JSON.parse(sessionStorage.getItem(place)) || {};
  } catch {
    kept = {};
  }
  for (const field of fields()) {
    if (!(field.name in kept)) continue;
    if (field.type === "radio") field.checked = field.value === kept[field.name];
    else field.value = kept[field.name];
  }
  form.addEventListener("change", () => {
    const now = {};
    for (const field of fields()) if (field.type !== "radio" || field.checked) now[field.name] = field.value;
    sessionStorage.setItem(place, JSON.stringify(now));
  });
})();
