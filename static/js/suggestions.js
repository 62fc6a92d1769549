// Suggestions under a search box while somebody types (a combobox as the ARIA practices describe it).
// Without it the box is a plain form.
for (const input of document.querySelectorAll("input[data-suggestions]")) {
  const box = input.parentElement;
  const list = document.createElement("div");
  const status = document.createElement("p");
  const id = `${input.id}-suggestions`;
  let chosen = -1;
  let asked = null;
  let timer = 0;

  Object.assign(list, { id, className: "suggestions", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.dataset.label);
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", id]]) {
    input.setAttribute(name, value);
  }
  box.classList.add("has-suggestions");
  box.append(list, status);

  const options = () => [...list.querySelectorAll("[role=option]")];

  const open = (isOpen) => {
    list.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) choose(-1);
  };

  const choose = (number) => {
    chosen = number;
    options().forEach((option, index) => option.setAttribute("aria-selected", String(index === number)));
    const option = options()[number];
    if (option) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };

  const show = (html) => {
    const answer = new DOMParser().parseFromString(html, "text/html").querySelector("[data-status]");
    if (!answer) return;
    list.replaceChildren(...answer.children);
    for (const option of options()) option.id = `${id}-${option.id}`;
    status.textContent = answer.dataset.status;
    open(options().length > 0);
  };

  const ask = async () => {
    asked?.abort();
    const words = input.value.trim();
    if (words.length < 2) return open(false);
    asked = new AbortController();
    const address = `${input.dataset.suggestions}?q=${encodeURIComponent(words.slice(0, 100))}`;
    try {
      const response = await fetch(address, { signal: asked.signal });
      if (response.ok && document.activeElement === input) show(await response.text());
    } catch (error) {
      if (error.name !== "AbortError") open(false); // no connection: the form may still work
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 150);
  });
  input.addEventListener("keydown", (event) => {
    const count = options().length;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      open(false);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && count) {
      event.preventDefault();
      if (list.hidden) open(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      choose(chosen === -1 && step === -1 ? count - 1 : (chosen + step + count) % count);
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      location.assign(options()[chosen].dataset.href);
    }
  });
  // Before the box loses the focus and the list is gone.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.href);
  });
  input.addEventListener("blur", () => open(false));
}
