import { useStore } from "~/lib/store.ts";
import { setTheme, type Theme, theme } from "~/lib/theme.ts";
import { Segmented } from "~/ui/field.tsx";
import { Icon } from "~/ui/icon.tsx";

const OPTIONS: { value: Theme; icon: "sun" | "moon" | "system"; text: string }[] = [
  { value: "light", icon: "sun", text: "Light" },
  { value: "dark", icon: "moon", text: "Dark" },
  { value: "system", icon: "system", text: "System" },
];

export function ThemeSwitch() {
  const value = useStore(theme);
  return (
    <Segmented
      label="Theme"
      value={value}
      onChange={setTheme}
      options={OPTIONS.map((option) => ({
        value: option.value,
        label: (
          <>
            <Icon name={option.icon} />
            {option.text}
          </>
        ),
      }))}
    />
  );
}
