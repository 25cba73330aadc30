import { Icon } from "./icon.tsx";

/** Where one is in a wizard. */
export function Steps({ steps, current }: { steps: readonly string[]; current: number }) {
  return (
    <ol className="steps" aria-label="Steps">
      {steps.map((step, index) => (
        <li
          key={step}
          className={index < current ? "step step-done" : "step"}
          aria-current={index === current ? "step" : undefined}
        >
          <span className="step-mark">{index < current ? <Icon name="check" /> : index + 1}</span>
          <span className="step-name">{step}</span>
        </li>
      ))}
    </ol>
  );
}
