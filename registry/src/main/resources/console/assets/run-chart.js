// Draws the curves of a run from /v1/runs/{run}/progress, anew every two seconds while it is learned.
(() => {
  const canvas = document.getElementById("curves");
  if (!canvas) {
    return;
  }
  const colours = ["#2a78d6", "#c2571a", "#2f8f4e", "#8a5bc4"];
  const series = [["loss", "loss", "y"], ["openGates", "open gates", "share"], ["devScore", "score on dev rows", "score"], ["share", "share of the run", "share"]];
  const chart = new Chart(canvas, {
    type: "line",
    data: { datasets: series.map(([, label, axis], i) => ({ label, yAxisID: axis, data: [], borderColor: colours[i], backgroundColor: colours[i], pointRadius: 0, borderWidth: 2 })) },
    options: {
      animation: false,
      maintainAspectRatio: false,
      parsing: false,
      scales: {
        x: { type: "linear", title: { display: true, text: "seconds" } },
        y: { title: { display: true, text: "loss" } },
        share: { position: "right", min: 0, max: 1, grid: { drawOnChartArea: false }, title: { display: true, text: "share" } },
        score: { position: "right", suggestedMin: 0, suggestedMax: 1, grid: { drawOnChartArea: false }, title: { display: true, text: "score" } }
      }
    }
  });
  async function draw() {
    const answer = await fetch("/v1/runs/" + encodeURIComponent(canvas.dataset.run) + "/progress");
    if (answer.ok) {
      const points = (await answer.json()).points;
      series.forEach(([field], i) => {
        chart.data.datasets[i].data = points.filter(p => p[field] !== undefined).map(p => ({ x: p.seconds, y: p[field] }));
      });
      chart.update();
    }
    if (document.querySelector("[data-live]")) {
      setTimeout(draw, 2000);
    }
  }
  draw();
})();
