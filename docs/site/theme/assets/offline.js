// SPDX-License-Identifier: Apache-2.0
// Search without a server. Of a page that is a file, browsers let no worker start and nothing be fetched, but scripts: so
// the index comes as one (tools/site writes it), and the worker's script runs in a hidden frame.
if (location.protocol === "file:") {
  const index = new URL("../search/search_index.js", document.currentScript.src);

  window.Worker = class extends EventTarget {
    constructor(script) {
      super();
      const frame = Object.assign(document.createElement("iframe"), { hidden: true });
      document.body.append(frame);
      const inside = frame.contentWindow;
      inside.postMessage = (data) => {
        const message = new MessageEvent("message", { data });
        this.dispatchEvent(message);
        if (this.onmessage) this.onmessage(message);
      };
      this.ready = new Promise((done) => {
        const element = inside.document.createElement("script");
        element.src = new URL(script, document.baseURI);
        element.onload = () => done(inside);
        inside.document.body.append(element);
      });
    }

    postMessage(data) {
      this.ready.then((inside) => {
        const message = new inside.MessageEvent("message", { data });
        inside.dispatchEvent(message);
        if (inside.onmessage) inside.onmessage(message);
      });
    }

    terminate() {}
  };

  // The theme of Debian 12 asks for it here; newer ones find search_index.js by themselves.
  window.__search = {
    index: new Promise((done) => {
      const element = document.createElement("script");
      element.src = index;
      element.onload = () => done(window.__index);
      document.head.append(element);
    }),
  };
}
