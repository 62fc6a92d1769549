// Copies an address, and prints. Without it the address can be marked, and the browser prints.
for (const button of document.querySelectorAll("[data-copy]")) {
  const status = button.parentElement.querySelector("[role=status]");
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).href);
    status.textContent = button.dataset.done;
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
