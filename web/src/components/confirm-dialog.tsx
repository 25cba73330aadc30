import type { ReactNode } from "react";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { ErrorBlock } from "./error-block.tsx";

/** Says what will happen before it does, and why it did not. */
export function ConfirmDialog({
  title,
  verb,
  keep = "Cancel",
  look = "danger",
  request,
  onConfirm,
  onClose,
  children,
}: {
  title: string;
  /** What the button does, in the words of the title. */
  verb: string;
  /** What the other button does: nothing. */
  keep?: string;
  look?: "danger" | "primary";
  request: { error: unknown; isPending: boolean };
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{keep}</Button>
          <Button look={look} busy={request.isPending} onClick={onConfirm}>
            {verb}
          </Button>
        </>
      }
    >
      {request.error ? <ErrorBlock error={request.error} /> : null}
      {children}
    </Dialog>
  );
}
