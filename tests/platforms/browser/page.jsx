// A page that asks a flag server through OpenFeature's own packages for React, and follows its events: it never polls.
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import { OpenFeature, OpenFeatureProvider, useBooleanFlagValue, useStringFlagValue } from "@openfeature/react-sdk";
import { createRoot } from "react-dom/client";

const asked = new URLSearchParams(location.search);

function Shop() {
  const isNew = useBooleanFlagValue("new-cart", false);
  const theme = useStringFlagValue("theme", "none");
  return (
    <main style={{ fontFamily: "sans-serif", padding: 24 }}>
      <h1 id="cart">{isNew ? "The new cart" : "The old cart"}</h1>
      <p id="theme">Theme: {theme}</p>
    </main>
  );
}

await OpenFeature.setContext({ targetingKey: asked.get("user"), region: asked.get("region") });
OpenFeature.setProvider(
  new OFREPWebProvider({
    baseUrl: asked.get("server"),
    headers: [["Authorization", `Bearer ${asked.get("token")}`]],
  }),
);
createRoot(document.getElementById("shop")).render(
  <OpenFeatureProvider suspendUntilReady={false}>
    <Shop />
  </OpenFeatureProvider>,
);
