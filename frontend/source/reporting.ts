// Comforts for the diagram of who reports to whom; the page is whole without them.
export {};
