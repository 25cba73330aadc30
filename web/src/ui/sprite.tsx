/** The icon set: 16 px grid, 1.6 px stroke, drawn for this product. A name is a symbol of one sprite. */
const SHAPES = {
  home: "M2.5 7.2 8 2.6l5.5 4.6v6.3h-11zM6.4 13.5V9.4h3.2v4.1",
  inbox: "M2 9.2 4 3h8l2 6.2v4.3H2zM2 9.2h3.4l1 1.8h3.2l1-1.8H14",
  campaigns: "M2.5 2.5h4v3.6h-4zM9.5 9.9h4v3.6h-4zM4.5 6.1v5.6h5M6.5 4.3h2",
  contacts:
    "M6 7.4a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2zM1.5 13.6c0-2.6 2-4.2 4.5-4.2s4.5 1.6 4.5 4.2M10.6 2.5a2.6 2.6 0 0 1 0 4.7M12 9.7c1.6.6 2.5 2 2.5 3.9",
  company: "M2.8 14V2.6h6.4V14M9.2 6.4h4V14M1.5 14h13M5 5.4h2M5 8.2h2M5 11h2M11.2 8.8v.1M11.2 11.2v.1",
  upload: "M8 10.5v-8M4.8 5.5 8 2.4l3.2 3.1M2.5 10.5v3h11v-3",
  download: "M8 2.4v8M4.8 7.4 8 10.5l3.2-3.1M2.5 10.5v3h11v-3",
  jobs: "M13.6 8a5.6 5.6 0 1 1-2-4.3M8 4.8V8l2.2 1.6M13.6 2v2.4h-2.4",
  settings:
    "M8 10.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4zM8 1.8v1.8M8 12.4v1.8M1.8 8h1.8M12.4 8h1.8M3.6 3.6l1.3 1.3M11.1 11.1l1.3 1.3M12.4 3.6l-1.3 1.3M4.9 11.1l-1.3 1.3",
  search: "M7 11.6a4.6 4.6 0 1 0 0-9.2 4.6 4.6 0 0 0 0 9.2zM10.4 10.4l3.4 3.4",
  plus: "M8 3v10M3 8h10",
  check: "M2.8 8.6 6.4 12l6.8-8",
  cross: "M3.6 3.6l8.8 8.8M12.4 3.6l-8.8 8.8",
  left: "M10 3 5 8l5 5",
  right: "M6 3l5 5-5 5",
  down: "M3 6l5 5 5-5",
  up: "M3 10l5-5 5 5",
  warning: "M8 2.2 14.4 13.4H1.6zM8 6.4v3.2M8 11.6v.1",
  info: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.4v3.4M8 5.1v.1",
  question: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.2 6.3A1.8 1.8 0 1 1 8 8.3v.9M8 11.2v.1",
  email: "M1.8 3.6h12.4v8.8H1.8zM2 4l6 5 6-5",
  text: "M2 2.8h12v8H7.6L4.4 13.6v-2.8H2z",
  voice:
    "M4.3 10.2a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6zM11.7 10.2a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6zM4.3 10.2h7.4",
  chat: "M8 2a6 5.7 0 1 1-3 10.6L2 13.6l.9-2.8A5.7 5.7 0 0 1 8 2z",
  social: "M6 11.6a2.2 2.2 0 1 1-1.4-2M6 11.6V2.6c.4 2 2 3.2 4.6 3.2v2.8C8.8 8.6 7 7.9 6 6.8",
  send: "M14 2 1.8 7l4.4 1.8L8 13.6 14 2zM6.2 8.8 14 2",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.8V8l2.4 1.6",
  pause: "M5.2 3v10M10.8 3v10",
  play: "M4.5 2.6 12.6 8l-8.1 5.4z",
  stop: "M5.5 2h5L14 5.5v5L10.5 14h-5L2 10.5v-5zM5.6 8h4.8",
  sun: "M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM8 1.6v1.2M8 13.2v1.2M1.6 8h1.2M13.2 8h1.2M3.5 3.5l.8.8M11.7 11.7l.8.8M12.5 3.5l-.8.8M4.3 11.7l-.8.8",
  moon: "M13.4 9.8A6 6 0 0 1 6.2 2.6a6 6 0 1 0 7.2 7.2z",
  system: "M2 3h12v8H2zM5.5 13.8h5M8 11v2.8",
  file: "M3.5 1.8h6l3 3v9.4h-9zM9.5 1.8v3h3",
  link: "M6.6 9.4a2.6 2.6 0 0 0 3.7 0l2.4-2.4A2.6 2.6 0 0 0 9 3.3l-.7.7M9.4 6.6a2.6 2.6 0 0 0-3.7 0L3.3 9A2.6 2.6 0 0 0 7 12.7l.7-.7",
  trash: "M2.6 4h10.8M6 4V2.4h4V4M4 4l.7 9.6h6.6L12 4",
  pencil: "M2.6 13.4l.6-3L10.6 3l2.4 2.4-7.4 7.4z",
  filter: "M2 3.6h12M4.2 8h7.6M6.4 12.4h3.2",
  keyboard: "M1.6 4h12.8v8H1.6zM4 6.6v.1M6.6 6.6v.1M9.2 6.6v.1M12 6.6v.1M4.6 9.5h6.8",
  more: "M3 8v.1M8 8v.1M13 8v.1",
  list: "M5.5 4H14M5.5 8H14M5.5 12H14M2 4v.1M2 8v.1M2 12v.1",
  graph: "M5.5 2h5v3h-5zM1.8 11h4.4v3H1.8zM9.8 11h4.4v3H9.8zM8 5v3M4 11V8h8v3",
  refresh: "M13.4 8A5.4 5.4 0 1 1 11.6 4M13.6 1.8v3h-3",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  flag: "M3.5 14V2.4h8.6L10 5.6l2.1 3.2H3.5",
  merge: "M3 2.4v2.4C3 7 8 7.4 8 10.2v3.4M13 2.4v2.4C13 7 8 7.4 8 10.2M5.8 11.6 8 13.8l2.2-2.2",
  split: "M8 2v4M8 6 4 10v4M8 6l4 4v4",
  stage: "M8 2.2 13.8 8 8 13.8 2.2 8z",
  user: "M8 7.6a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM2.8 14c0-2.9 2.3-4.6 5.2-4.6s5.2 1.7 5.2 4.6",
  shield: "M8 1.8 13.4 4v3.6c0 3.2-2.2 5.4-5.4 6.6-3.2-1.2-5.4-3.4-5.4-6.6V4zM5.8 10l4.4-4.4",
  logout: "M9.5 2.5h4v11h-4M6.5 5 3.5 8l3 3M3.5 8h6.6",
  eye: "M1.6 8S4 3.8 8 3.8 14.4 8 14.4 8 12 12.2 8 12.2 1.6 8 1.6 8zM8 9.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6z",
  cursor: "M3 2.6l10 4.2-4.2 1.6L7.2 13z",
  reply: "M6.4 3.4 2.4 7.4l4 4M2.4 7.4h6.4c2.8 0 4.8 1.8 4.8 5.2",
  bounce: "M2 13.5h12M3 3c1 4 2.6 8 4.4 8s2-5.4 5.6-5.4M10.8 3.6 13 5.6l-2.2 2",
  bolt: "M9 1.8 3.4 9h4l-.8 5.2L12.6 7h-4z",
  sidebar: "M2 3h12v10H2zM6 3v10",
  template: "M2.5 2.5h11v3.5h-11zM2.5 8.5h4.8v5H2.5zM9.5 8.5h4v5h-4z",
  globe:
    "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM2 8h12M8 2c2 1.8 2.6 3.8 2.6 6S10 12.2 8 14c-2-1.8-2.6-3.8-2.6-6S6 3.8 8 2z",
} as const;

export type IconName = keyof typeof SHAPES;

/** All icons once per page; every `Icon` refers to them. */
export function IconSprite() {
  return (
    <svg className="sprite" aria-hidden="true" focusable="false">
      <title>Icons</title>
      {Object.entries(SHAPES).map(([name, shape]) => (
        <symbol key={name} id={`i-${name}`} viewBox="0 0 16 16">
          <path d={shape} />
        </symbol>
      ))}
    </svg>
  );
}
