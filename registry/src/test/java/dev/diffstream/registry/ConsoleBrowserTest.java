package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.results.Rule;
import com.deque.html.axecore.selenium.AxeBuilder;
import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebDriverException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.support.ui.ExpectedConditions;
import org.openqa.selenium.support.ui.Select;
import org.openqa.selenium.support.ui.WebDriverWait;

/** The console as a person uses it, in a headless Chromium. Screenshots go to target/console. */
@ExtendWith(BrowserCondition.class)
class ConsoleBrowserTest {
  private static final Path SCREENSHOTS =
      Path.of(System.getProperty("console.screenshots", "target/console"));
  private static final Set<String> SERIOUS = Set.of("serious", "critical");

  private final ConsoleWorld world = new ConsoleWorld(false);
  private final ChromeDriver browser = browser();
  private final WebDriverWait wait = waiting();

  /** A page that is just left may answer with a failure. */
  private WebDriverWait waiting() {
    WebDriverWait waiting = new WebDriverWait(browser, Duration.ofSeconds(30));
    waiting.ignoring(WebDriverException.class);
    return waiting;
  }

  private static ChromeDriver browser() {
    ChromeDriverService service =
        new ChromeDriverService.Builder()
            .usingDriverExecutable(BrowserCondition.found("chromedriver").orElseThrow().toFile())
            .usingAnyFreePort()
            .build();
    ChromeOptions options = new ChromeOptions();
    options.setBinary(BrowserCondition.found("chromium").orElseThrow().toString());
    options.addArguments(
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage");
    return new ChromeDriver(service, options);
  }

  @AfterEach
  void close() {
    browser.quit();
    world.close();
  }

  private void open(String path) {
    browser.get(world.page(path).toString());
  }

  /** Opens the page again and again until it shows the text. */
  private void await(String path, String text) {
    wait.until(
        driver -> {
          open(path);
          return body().contains(text);
        });
  }

  /** Waits until the page shows the text. */
  private void see(String text) {
    wait.until(driver -> body().contains(text));
  }

  private String body() {
    return String.valueOf(browser.executeScript("return document.body.innerText"));
  }

  private void follow(String link) {
    press("a", link);
  }

  private void confirm(String button) {
    press("button", button);
  }

  private void press(String element, String text) {
    String path = "//" + element + "[starts-with(normalize-space(), '" + text + "')]";
    wait.until(ExpectedConditions.elementToBeClickable(By.xpath(path))).click();
  }

  private void type(String field, String text) {
    WebElement input = browser.findElement(By.name(field));
    input.clear();
    input.sendKeys(text);
  }

  /** A picture of the page, which no serious rule of accessibility may find fault with. */
  private void look(String name) throws IOException {
    List<Rule> faults =
        new AxeBuilder()
            .analyze(browser).getViolations().stream()
                .filter(rule -> SERIOUS.contains(rule.getImpact()))
                .toList();
    assertThat(faults).as("accessibility of " + name).isEmpty();
    Files.createDirectories(SCREENSHOTS);
    Files.write(SCREENSHOTS.resolve(name + ".png"), browser.getScreenshotAs(OutputType.BYTES));
  }

  @Test
  void aFileBecomesATask(@TempDir Path directory) throws IOException {
    Path rows = directory.resolve("mail.csv");
    Files.writeString(
        rows,
        "id,message,label\n1,Where is it?,delivery\n2,\"<script>alert(1)</script>, money\",refund\n"
            + "3,Never came,delivery\n4,Pay me,refund\n");
    open("/console");
    follow("New task");
    type("taskId", "mail-new");
    type("actor", "ada");
    browser.findElement(By.name("file")).sendKeys(rows.toString());
    confirm("Look at it");
    see("4 rows, 2 labels");
    see("<script>alert(1)</script>, money");
    see("--text-column message --label-column label");
    look("submit");
    choose("label", "id");
    see("holds no labels");
    assertThat(body()).doesNotContain("Learn it");
    choose("label", "label");
    confirm("Learn it");
    see("mail-new is on its way");
    Received sent = world.backends.records(Topics.TASKS).getLast();
    JsonNode event = Json.parse(sent.value(), "the event");
    assertThat(event.path("taskId").asText()).isEqualTo("mail-new");
    assertThat(event.path("owner").asText()).isEqualTo("ada");
    assertThat(event.at("/data/columns/text").asText()).isEqualTo("message");
    assertThat(world.backends.store.get(event.at("/data/train").asText(), 10_000))
        .get()
        .isEqualTo(Files.readAllBytes(rows));
  }

  private void choose(String field, String option) {
    new Select(browser.findElement(By.name(field))).selectByVisibleText(option);
    confirm("Look again");
  }

  @Test
  void aPersonPromotesAndRollsBack() throws IOException {
    browser.manage().window().setSize(new Dimension(1280, 900));
    await("/console", "version 2");
    look("tasks");
    browser.findElement(By.linkText("reviews")).click();
    see("Version 2 serves it");
    look("task");

    follow("Roll back");
    see("diffstream rollback reviews --generation 2");
    see("Every gateway answers by the previous version");
    look("roll-back");
    type("reason", "too many refunds");
    type("actor", "ada");
    confirm("Roll back");
    await("/console/tasks/reviews", "Version 1 serves it");
    see("too many refunds");
    see("ada");

    follow("Canary");
    assertThat(browser.findElement(By.name("actor")).getAttribute("value")).isEqualTo("ada");
    type("weight", "lots");
    confirm("Try as canary");
    see("weight must be a number");
    type("weight", "0.25");
    confirm("Try as canary");
    await("/console/tasks/reviews", "version 2 for 25 % of requests");

    follow("Promote");
    confirm("Promote");
    await("/console/tasks/reviews", "Version 2 serves it");
    follow("Withdraw");
    confirm("Withdraw");
    await("/console/tasks/reviews", "Nothing serves it");
    follow("Delete");
    confirm("Delete");
    await("/console/tasks/reviews", "deleted");
    assertThat(world.backends.store.list("tasks/reviews/tombstones/")).hasSize(1);
  }

  @Test
  void aPersonWatchesPausesResumesAndCancelsARun() throws IOException {
    browser.manage().window().setSize(new Dimension(390, 844)); // a phone
    await("/console/runs?state=running", "learning-mask");
    look("runs-on-a-phone");
    open("/console/runs/" + ConsoleWorld.LEARNED);
    see("39 % done, about 3 min left");
    see("on worker-1 (cpu)");
    wait.until(
        driver ->
            browser.executeScript(
                        "return Chart.getChart('curves') && Math.min(...Chart.getChart('curves').data.datasets.map(s => s.data.length))")
                    instanceof Long points
                && points == 40);
    look("run-on-a-phone");

    follow("Pause");
    see("diffstream pause " + ConsoleWorld.LEARNED);
    type("actor", "ada");
    confirm("Pause");
    wait.until(driver -> world.backends.store.list(control()).count() == 1);
    open("/console/runs/" + ConsoleWorld.LEARNED + "/ask?action=resume");
    confirm("Resume");
    wait.until(driver -> world.backends.store.list(control()).count() == 2);
    open("/console/runs/" + ConsoleWorld.LEARNED);
    follow("Cancel");
    confirm("Cancel");
    wait.until(driver -> world.backends.store.list(control()).count() == 3);
  }

  private static String control() {
    return "runs/" + ConsoleWorld.LEARNED + "/control/";
  }

  @Test
  void aPersonSendsWhatFailedOnceMore() throws IOException {
    browser.manage().window().setSize(new Dimension(1280, 900));
    await("/console/dead-letters", "INVALID_RECORD");
    see(ConsoleWorld.HOSTILE);
    look("dead-letters");
    browser.findElement(By.cssSelector("input[type=checkbox]")).click();
    confirm("Send the chosen");
    see("diffstream replay diffstream.tasks.dlq/0/0");
    confirm("Send once more");
    see("Sent once more");
    List<Received> events = world.backends.records(Topics.TASKS);
    assertThat(events.getLast().value()).isEqualTo(events.get(1).value());
    assertThat(events.getLast().headers()).doesNotContainKey("diffstream_error_code");
    await("/console/runs?state=queued", ConsoleWorld.FAILED);
  }

  @Test
  void gatewaysTellWhatTheyHold() throws IOException {
    await("/console", "version 2");
    String digest =
        world
            .backends
            .events(Topics.DIFFS, dev.diffstream.schemas.event.DiffPublished.class)
            .getLast()
            .digest();
    world.gateway(2, 2, digest);
    await("/console/gateways", "gateway-1");
    look("gateways");
    browser.findElement(By.linkText("gateway-1")).click();
    see("reviews");
    see("loaded");
    await("/console/tasks/reviews", "at 1 gateway");
  }

  @Test
  void aPersonTriesATaskAndSaysWhatTheRightLabelIs() throws IOException {
    await("/console/tasks/reviews", "Version 2 serves it");
    follow("Try it");
    type("text", "I'd rather have my money back.");
    browser.findElement(By.name("beside")).click();
    confirm("Ask");
    see("champion, version 2");
    see("previous, version 1");
    see("yes 75 %");
    look("try");
    new Select(browser.findElement(By.name("label"))).selectByVisibleText("no");
    confirm("Say so");
    see("diffstream correct reviews --text 'I'\\''d rather have my money back.' --label no");
    type("actor", "ada");
    confirm("Write it down");
    see("I'd rather have my money back.");
    see("ada");
    assertThat(world.backends.store.list("tasks/reviews/data/corrections/")).hasSize(1);
    open("/console/try?task=reviews");
    type("text", "broken");
    confirm("Ask");
    see("the gateway answers 503: OVERLOADED: <b>too much</b>");
  }

  @Test
  void aPersonTriesARuleSetsItAndTakesItAway() throws IOException {
    await("/console/tasks/reviews", "Version 2 serves it");
    follow("Corrections and rules");
    see("It has no rule");
    type("corrections", "many");
    confirm("Try the rule");
    see("corrections must be a whole number, got: many");
    type("corrections", "20");
    type("reason", "see how it goes");
    confirm("Try the rule");
    see("It asks for nothing now");
    see("diffstream rules reviews --corrections 20 --reason 'see how it goes'");
    look("rule");
    assertThat(world.backends.store.list("rules/")).isEmpty();
    confirm("Set the rule");
    see("see how it goes");
    see("It asks for nothing now");
    follow("Take the rule away");
    confirm("Take it away");
    see("It has no rule");
    see("none any more");
  }

  @Test
  void aVersionTellsWhatItTakesForWhatAndWhereItComesFrom() throws IOException {
    browser.manage().window().setSize(new Dimension(1280, 1400));
    await("/console/tasks/reviews", "Version 2 serves it");
    browser.findElement(By.linkText("2")).click();
    see("It is champion.");
    see("was taken for");
    see("worker-1");
    look("version");
    assertThat(browser.findElements(By.cssSelector("td.wrong")))
        .extracting(WebElement::getText)
        .containsExactly("7");
    browser.findElement(By.partialLinkText("run-")).click();
    see("accepted as version 2");
    see("by registry: it is champion");
    follow("Compare it with the other runs");
    see("setting stage1Rate");
    assertThat(body()).contains("0.001", "0.002").doesNotContain("setting seed");
    look("compare");
    browser.findElement(By.name("all")).click();
    confirm("Show");
    see("setting seed");
  }

  @Test
  void aPersonTurnsACandidateDown() {
    await("/console/tasks/mail", "Version 1 is candidate");
    follow("Turn down");
    see("diffstream withdraw mail --version-number 1 --generation 1");
    type("reason", "not now");
    confirm("Withdraw");
    await("/console/tasks/mail", "not now");
    await("/console/tasks/mail", "Nothing serves it");
    follow("Promote");
    confirm("Promote");
    await("/console/tasks/mail", "Version 1 serves it");
  }
}
