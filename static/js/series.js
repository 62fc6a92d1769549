// Counts the dates that are chosen, and what they cost. Without it the page after this one tells.
const sum = document.querySelector("[data-chosen]");

if (sum) {
  const form = sum.closest("form");
  const money = (cents) =>
    new Intl.NumberFormat(document.documentElement.lang, {
      style: "currency",
      currency: "EUR",
      minimumFractionDigits: cents % 100 ? 2 : 0,
    }).format(cents / 100);

  const tell = () => {
    const chosen = [...form.querySelectorAll("input:checked")].map((input) => input.closest("[data-price]")).filter(Boolean);
    const cents = chosen.reduce((total, label) => total + Number(label.dataset.price), 0);
    const words = cents ? [sum.dataset.one, sum.dataset.many] : [sum.dataset.freeOne, sum.dataset.freeMany];
    sum.querySelector("[role=status]").textContent = words[chosen.length === 1 ? 0 : 1]
      .replace("%(number)s", chosen.length)
      .replace("%(price)s", money(cents));
  };
  form.addEventListener("change", tell);
  tell();
}
