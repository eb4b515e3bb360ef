// Calls to the server, by xlwings' own HTTP helper and with its authentication.

export class ServerError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

export async function post(path, body) {
  const auth = await globalThis.getAuth();
  const headers = {
    "Content-Type": "application/json",
    Authorization: auth.token,
    "Auth-Provider": auth.provider,
  };
  const timeout = globalThis.config.requestTimeout * 1000;
  try {
    const response = await globalThis.xwRequest.post(window.location.origin + path, body, { headers, timeout });
    return response.data;
  } catch (error) {
    if (error.response) {
      const detail = error.response.data?.detail ?? `The server answered ${error.response.status}.`;
      throw new ServerError(detail, error.response.status);
    }
    throw new ServerError(
      `cellsense doesn't answer at ${window.location.host}. Is "cellsense serve" running there?`,
      0,
    );
  }
}

export async function callFunction(name, args) {
  const data = await post("/xlwings/custom-functions-call", {
    client: "Office.js",
    func_name: name,
    args,
    version: globalThis.config.xlwingsVersion,
    runtime: "1.4",
  });
  return data.result;
}
