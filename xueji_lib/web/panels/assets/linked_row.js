// A page's address may name a row: ?finding=…; the table that has it shows it once the page is there to be seen.

const PAUSE = 400; // milliseconds: what stands above is drawn meanwhile

export function showLinkedRow(table) {
  const id = new URLSearchParams(location.search).get("finding");
  if (!table.rows.has(id)) return;
  const observer = new ResizeObserver(() => {
    if (!table.body.offsetHeight) return;
    observer.disconnect();
    setTimeout(() => table.show(id), PAUSE);
  });
  observer.observe(table.body);
}
