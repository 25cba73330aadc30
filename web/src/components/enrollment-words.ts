/** Why somebody is in a campaign no more, or rests in it. */
const WHY: Record<string, string> = {
  replied: "They answered",
  bounced: "Their address does not exist",
  opted_out: "They opted out",
  colleague_replied: "Somebody of their company answered",
  removed: "Taken out by hand",
  finished: "It came to its end",
  no_address: "No address for the next message",
  missing_value: "A value for the text was missing",
  no_consent: "They have not agreed to be written to",
  send_failed: "A message could not be sent",
  in_another: "Another campaign has written to them",
  rejected: "Somebody said no to the message",
  crowded: "Waits: another campaign wrote to them not long ago",
  away: "Waits: they are away",
  blocked: "Waits: they are blocked",
};

/** The same in words; nothing where there is nothing to say. */
export const whyOf = (reason: string | null): string | undefined =>
  reason === null ? undefined : WHY[reason];
