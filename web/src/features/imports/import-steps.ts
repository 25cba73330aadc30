export const IMPORT_STEPS = ["File", "Columns", "Check", "Rules", "Import"] as const;
