// Unpacks the chart library that the page carries, and draws every chart in the colours of the reader's theme.
const CONFIG = {
  displaylogo: false,
  showSendToCloud: false,
  plotlyServerURL: "",
  responsive: true,
  modeBarButtonsToRemove: ["select2d", "lasso2d"],
};
const PRINTED_WIDTH = 660;
const dark = matchMedia("(prefers-color-scheme: dark)");
const text = (id) => document.getElementById(id).textContent;

async function loadLibrary() {
  const packed = Uint8Array.from(atob(text("library")), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = document.createElement("script");
  script.textContent = await new Response(unpacked).text();
  document.head.append(script);
}

function draw(printing) {
  const twins = JSON.parse(text("colours"));
  for (const chart of document.querySelectorAll(".chart")) {
    const figure = text(`${chart.id}-figure`);
    const themed = dark.matches && !printing ? figure.replace(/#[0-9a-f]{6}/g, (one) => twins[one] ?? one) : figure;
    const { data, layout } = JSON.parse(themed);
    // Without a height Plotly still follows the window; with both it would keep them.
    Plotly.react(chart, data, { ...layout, width: printing ? PRINTED_WIDTH : chart.clientWidth }, CONFIG);
  }
}

loadLibrary().then(() => {
  draw(false);
  dark.addEventListener("change", () => draw(false));
  addEventListener("beforeprint", () => draw(true));
  addEventListener("afterprint", () => draw(false));
}, () => {
  for (const chart of document.querySelectorAll(".chart")) {
    chart.textContent = "This browser is too old to draw the chart; the tables have its numbers.";
  }
});
