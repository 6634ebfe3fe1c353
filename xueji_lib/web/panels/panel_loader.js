// Loads a panel's script once, however many panels of its kind the page has; its styles go into the page with it.
const PREFIX = "IPY_MODEL_";

/** What the script exports by default. `model`: a panel's. */
async function exported(model) {
  const script = await model.widget_manager.get_model(model.get("script").slice(PREFIX.length));
  const [source, style] = [script.get("source"), script.get("style")];
  const loaded = (globalThis.xuejiPanels ??= new Map());
  if (!loaded.has(source)) loaded.set(source, load(source, style));
  return (await loaded.get(source)).default;
}

async function load(source, style) {
  document.head.append(Object.assign(document.createElement("style"), { textContent: style }));
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  try {
    return await import(address);
  } finally {
    URL.revokeObjectURL(address);
  }
}

export default {
  async render(context) {
    return (await exported(context.model)).render(context);
  },
};
