/**
 * What the Rust core hands to the page. The types are generated from the Rust views
 * (`cargo xtask console` writes `wasm/`); nothing is declared twice here.
 */
export type * from './wasm/handrail_web.js';

/** An ISO date, `2026-11-21`. */
export type IsoDate = string;
/** Epoch milliseconds. */
export type Millis = number;

/** The id that asks the core to make a new one. */
export const NEW_ID = 'AAAAAAAAAAAAAAAAAAAAAA';
