// What xlwings' client and our button send to show who calls. Replaces xlwings Server's file of
// this name; a classic script, as functions of the worksheet use it, too.

// What outlives the task pane. Browsers that block storage for pages in frames, where Excel on the
// web shows us, leave it to memory.
globalThis.keeper = {
  memory: new Map(),

  // Excel on the web keeps the storage of different sites apart by this prefix.
  key: (name) => `${Office.context?.partitionKey ?? ""}cellsense-${name}`,

  get(name) {
    try {
      return localStorage.getItem(this.key(name));
    } catch {
      return this.memory.get(name) ?? null;
    }
  },

  set(name, value) {
    try {
      localStorage.setItem(this.key(name), value);
    } catch {
      this.memory.set(name, value);
    }
  },
};

globalThis.getAuth = async function () {
  if (config.authProviders.includes("entraid")) {
    return { token: await xlwings.getAccessToken(), provider: "entraid" };
  }
  if (config.authProviders.includes("custom")) {
    return { token: `Bearer ${keeper.get("token") ?? ""}`, provider: "custom" };
  }
  return { token: "", provider: "" };
};
