// node ask.mjs SERVER TOKEN USER REGION: what a server in Node gets through OpenFeature's own packages, as JSON.
import { OFREPProvider } from "@openfeature/ofrep-provider";
import { OpenFeature } from "@openfeature/server-sdk";

const [baseUrl, token, targetingKey, region] = process.argv.slice(2);
await OpenFeature.setProviderAndWait(
  new OFREPProvider({ baseUrl, headers: [["Authorization", `Bearer ${token}`]] }),
);
const client = OpenFeature.getClient();
const user = { targetingKey, region };
const cart = await client.getBooleanDetails("new-cart", false, user);
const theme = await client.getStringDetails("theme", "none", user);
const absent = await client.getBooleanDetails("no-such-flag", true, user);
console.log(JSON.stringify({ cart: cart.value, reason: cart.reason, theme: theme.value, absent: absent.value, code: absent.errorCode }));
process.exit(0);
