/** 500 of 10,000 as `5 %`, 30 as `0.3 %`. */
export const perHundred = (per10000: number): string => `${per10000 / 100} %`;
