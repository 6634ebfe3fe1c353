// What anywidget asks for: a function that draws a panel into an element and returns what takes it away again.

/** `create(model, element)` gives an object with `close()` and, where what the model was made with may be old by the
 * time it is shown again (JupyterLab does so), `refresh()`. */
export function widget(create) {
  return {
    render({ model, el }) {
      const panel = create(model, el);
      if (model.xuejiShown) panel.refresh?.();
      model.xuejiShown = true;
      return () => panel.close();
    },
  };
}
