// The ribbon's button: opens the task pane and does there what its button does. Replaces xlwings
// Server's file of this name. The identifier stands in manifest.xml.

Office.actions.associate("cellsense-label-column", async (event) => {
  try {
    await Office.addin.showAsTaskpane();
    document.getElementById("start").click();
  } finally {
    event.completed(); // else Excel keeps the button disabled
  }
});
