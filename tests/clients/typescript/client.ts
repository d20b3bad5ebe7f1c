/** A client of Ampara: `const ampara = client({ baseUrl: "https://…" })`, then `ampara.PUT("/v1/alerts/{client_id}", …)`. */
import createClient, { type Client, type ClientOptions } from "openapi-fetch";

import type { components, paths } from "./schema.js";

/** The schemas by their names: `Schemas["AlertView"]`. */
export type Schemas = components["schemas"];
/** The client. */
export type Ampara = Client<paths>;

/** A client with these options; `headers` carries the bearer token or the operator's cookie. */
export const client = (options: ClientOptions): Ampara => createClient<paths>(options);
