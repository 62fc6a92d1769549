// Lets what is typed come along to the page in another language. Without it only what was sent comes along.
const form = document.getElementById("details");

if (form) {
  for (const link of document.querySelectorAll(".language-switch a")) {
    link.addEventListener("click", async (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const typed = new FormData(form);
      typed.set("do", "keep");
      try {
        await fetch(location.href, { method: "POST", body: typed, signal: AbortSignal.timeout(3000) });
      } finally {
        location.href = link.href;
      }
    });
  }
}
