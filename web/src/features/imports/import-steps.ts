export const IMPORT_STEPS = ["File", "Columns", "Rules", "Import", "Result"] as const;
