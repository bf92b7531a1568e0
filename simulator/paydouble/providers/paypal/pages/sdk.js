/* PayDouble's stand-in for PayPal's JavaScript SDK: buttons whose approval happens on the simulator's pages. */
(function () {
  "use strict";
  const settings = __SETTINGS__;
  const CLOSED_CHECK_MS = 250;
  /* A window's last word can arrive after it is seen to be closed. */
  const LAST_WORD_MS = 1000;

  function address(kind, id) {
    const paths = {
      order: "/checkoutnow?token=",
      subscription: "/sdk/subscription?client-id=" + encodeURIComponent(settings.clientId) + "&subscription_id=",
      vault: "/agreements/approve?approval_session_id=",
    };
    return settings.base + paths[kind] + encodeURIComponent(id) + "&popup=1";
  }

  function overlay(url) {
    const frame = document.createElement("iframe");
    frame.src = url;
    frame.title = "PayPal";
    frame.style.cssText = "position:fixed;inset:0;width:100%;height:100%;border:0;z-index:2147483647;background:#fff";
    document.body.appendChild(frame);
    return { window: frame.contentWindow, close: () => frame.remove(), closed: () => !frame.isConnected };
  }

  function popup(url) {
    const opened = window.open(url, "paydouble-paypal", "width=500,height=700");
    if (!opened) return overlay(url);
    return { window: opened, close: () => opened.close(), closed: () => opened.closed };
  }

  /* Settles when the payer has approved, cancelled, or closed the window. */
  function approval(kind, id) {
    return new Promise((resolve) => {
      const shown = popup(address(kind, id));
      const origin = new URL(settings.base).origin;
      const watch = setInterval(() => shown.closed() && gone(), CLOSED_CHECK_MS);
      let farewell;
      function gone() {
        clearInterval(watch);
        farewell = setTimeout(() => done({ outcome: "cancelled" }), LAST_WORD_MS);
      }
      function done(told) {
        clearInterval(watch);
        clearTimeout(farewell);
        window.removeEventListener("message", hear);
        shown.close();
        resolve(told);
      }
      function hear(event) {
        const told = event.data;
        if (event.origin === origin && told && told.paydouble === "paypal") done(told);
      }
      window.addEventListener("message", hear);
    });
  }

  const serverOnly = (name) => () => Promise.reject(new Error(
    "actions.order." + name + " is not simulated: call the Orders API from your server, as PayPal recommends"
  ));

  function actionsOf(restart) {
    const order = {};
    for (const name of ["capture", "authorize", "get", "patch"]) order[name] = serverOnly(name);
    return { order, restart, redirect: (url) => window.location.assign(url) };
  }

  const makers = [
    ["createOrder", "order"], ["createSubscription", "subscription"], ["createVaultSetupToken", "vault"],
  ];

  async function pay(options) {
    const [maker, kind] = makers.find(([name]) => options[name]) || [];
    if (!maker) throw new Error("Buttons need createOrder, createSubscription or createVaultSetupToken");
    const id = await options[maker]({ paymentSource: "paypal" }, { order: {}, subscription: {} });
    if (!id) throw new Error(maker + " returned no id");
    await approve(options, kind, String(id));
  }

  async function approve(options, kind, id) {
    const told = await approval(kind, id);
    const data = {
      order: { orderID: id, payerID: told.payerID, paymentID: null, paymentSource: "paypal" },
      subscription: { subscriptionID: id, orderID: told.token, paymentSource: "paypal" },
      vault: { vaultSetupToken: id },
    }[kind];
    if (told.outcome !== "approved") {
      if (options.onCancel) await options.onCancel(data, actionsOf(() => approve(options, kind, id)));
      return;
    }
    if (options.onApprove) await options.onApprove(data, actionsOf(() => approve(options, kind, id)));
  }

  function button(options) {
    const made = document.createElement("button");
    made.type = "button";
    made.dataset.fundingSource = options.fundingSource || "paypal";
    made.textContent = "PayPal";
    made.setAttribute("aria-label", "Pay with PayPal");
    made.style.cssText = "width:100%;padding:12px;border:0;border-radius:24px;background:#ffc439;" +
      "color:#111;font:600 18px system-ui,sans-serif;cursor:pointer";
    made.addEventListener("click", () => {
      if (options.onClick) options.onClick({ fundingSource: made.dataset.fundingSource }, {});
      made.disabled = true;
      pay(options)
        .catch((error) => { if (options.onError) options.onError(error); else throw error; })
        .finally(() => { made.disabled = false; });
    });
    return made;
  }

  function Buttons(options = {}) {
    let made = null;
    return {
      isEligible: () => true,
      close: () => { if (made) made.remove(); return Promise.resolve(); },
      render: async (where) => {
        const container = typeof where === "string" ? document.querySelector(where) : where;
        if (!container) throw new Error("Document is ready and element " + where + " does not exist");
        made = button(options);
        container.appendChild(made);
        if (options.onInit) options.onInit({}, {});
      },
    };
  }
  Buttons.driver = () => {};

  window[settings.namespace] = {
    Buttons, version: "paydouble",
    FUNDING: { PAYPAL: "paypal", VENMO: "venmo", CARD: "card", PAYLATER: "paylater", CREDIT: "credit" },
  };
})();
