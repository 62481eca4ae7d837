/** What both entries give beside their functions. */

export type { Api } from "./api.js";
export type { Fetch } from "./fetch.js";
export type { CheckOptions, Credentials, Options } from "./options.js";
export { type Access, apply, type Edit, type Finding, type Image, type Inspection, type Outcome, PullthroughError, type Result, type Severity } from "./outcome.js";
export type { Failure, Sight, Transport, TransportAnswer, TransportRequest, TransportResponse } from "./transport.js";
