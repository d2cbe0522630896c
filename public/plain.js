// Helps on plain pages: copies, prints, and counts seconds down. Without it those buttons stay hidden.
for (const button of document.querySelectorAll('[data-copy], [data-print]')) {
  const { copy, done } = button.dataset;
  button.hidden = Boolean(copy) && !navigator.clipboard;
  button.addEventListener('click', () => {
    if (!copy) return print();
    const text = [...document.querySelectorAll(copy)].map((each) => each.textContent).join('\n');
    const status = button.parentNode.querySelector('[role=status]');
    navigator.clipboard.writeText(text).then(() => (status.textContent = done), () => (status.textContent = ''));
  });
}
for (const line of document.querySelectorAll('[data-wait]')) {
  const { wait, text, then } = line.dataset;
  let left = Number(wait);
  const tick = setInterval(() => {
    left -= 1;
    line.textContent = left > 0 ? text.replace('{seconds}', left) : then;
    if (left <= 0) clearInterval(tick);
  }, 1000);
}
