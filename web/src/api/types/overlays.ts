/** Whom the picture of a campaign counts at its steps. */
export type Overlay = "here" | "sent" | "opened" | "replied" | "trouble" | "won";
/** So many people at a step; steps without anybody are left out. */
export type AtNode = { node: string; people: number };
