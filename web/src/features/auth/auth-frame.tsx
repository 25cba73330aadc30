import type { ReactNode } from "react";
import { Brand } from "~/components/brand.tsx";
import { familyTint } from "~/components/channel-mark.tsx";
import { FAMILIES } from "~/lib/channel.ts";
import "./auth.css";

/** [lane, place, filled]: a quiet opening that fills up. */
const NOTES: [number, number, boolean][] = [
  [0, 60, true],
  [0, 150, true],
  [1, 240, true],
  [2, 300, true],
  [0, 350, true],
  [1, 410, false],
  [4, 455, true],
  [0, 500, true],
  [3, 545, true],
  [0, 590, false],
  [1, 625, true],
  [3, 660, false],
  [0, 700, true],
  [2, 735, true],
  [1, 765, false],
];

/** The frame of the pages before the login. */
export function AuthFrame({ children }: { children: ReactNode }) {
  return (
    <div className="auth">
      <main className="auth-form">
        <div className="brand">
          <Brand />
        </div>
        <div className="auth-middle">{children}</div>
      </main>
      <div className="auth-art" aria-hidden="true">
        <svg viewBox="0 0 820 260">
          <title>Overture</title>
          {FAMILIES.map((family, lane) => (
            <line
              key={family}
              x1="0"
              x2="820"
              y1={50 + lane * 40}
              y2={50 + lane * 40}
              stroke="currentColor"
              opacity=".45"
            />
          ))}
          {[200, 400, 600].map((x) => (
            <line key={x} x1={x} x2={x} y1="50" y2="210" stroke="currentColor" opacity=".3" />
          ))}
          <line x1="790" x2="790" y1="30" y2="230" stroke="var(--accent)" strokeWidth="3" />
          {NOTES.map(([lane, x, filled]) => {
            const color = familyTint(FAMILIES[lane] ?? "email");
            const y = 50 + lane * 40;
            return (
              <ellipse
                key={x}
                cx={x}
                cy={y}
                rx={filled ? 14 : 12.5}
                ry={filled ? 11 : 9.5}
                transform={`rotate(-18 ${x} ${y})`}
                fill={filled ? color : "var(--canvas)"}
                stroke={color}
                strokeWidth={filled ? 0 : 3.2}
              />
            );
          })}
        </svg>
      </div>
    </div>
  );
}
