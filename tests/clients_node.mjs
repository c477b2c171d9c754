// Sends events with Segment's client for Node: node clients_node.mjs URL KEY PREFIX COUNT WAIT_MS
import { createRequire } from "node:module"
import { join } from "node:path"

const require = createRequire(join(process.env.RIPELINE_TEST_CLIENTS, "x.js"))
const { Analytics } = require("@segment/analytics-node")
const [url, key, prefix, count, wait] = process.argv.slice(2)

const analytics = new Analytics({ writeKey: key, host: url, maxRetries: 50, flushInterval: 200, flushAt: 5 })
analytics.on("error", () => {})
analytics.identify({ userId: prefix, traits: { email: `${prefix}@example.com`, name: "Ada" } })
analytics.page({ userId: prefix, name: "Prices", properties: { path: "/prices" } })
analytics.group({ userId: prefix, groupId: "acme", traits: { employees: 7 } })
analytics.alias({ userId: prefix, previousId: `${prefix}-before` })
for (let number = 0; number < Number(count); number++) {
  analytics.track({ userId: prefix, event: "Demo Booked", properties: { number } })
}
await analytics.closeAndFlush({ timeout: Number(wait) })
