package dev.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.chaos.ChaosCommand;
import dev.tributary.chaos.ChaosOptions;
import dev.tributary.demo.DemoCommand;
import dev.tributary.demo.DemoNames;
import dev.tributary.demo.DemoOptions;
import dev.tributary.stack.ClickHouseServer;
import dev.tributary.stack.KafkaBroker;
import dev.tributary.stack.StackException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class MainTest {

  @Test
  void demoIsTheIssuesDemoByDefault() {
    assertThat(demo().options())
        .isEqualTo(new DemoOptions(10_000, 1_000, new BigDecimal("0.1"), false, 42));
  }

  @Test
  void demoTakesItsOptions() {
    DemoCommand demo =
        demo("--events", "300000", "--rate=0", "--duplicates", "0.25", "--keep", "--seed", "7");
    assertThat(demo.options())
        .isEqualTo(new DemoOptions(300_000, 0, new BigDecimal("0.25"), true, 7));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--events=0", "--rate=-1", "--duplicates=1.1", "--duplicates=-0.1"})
  void demoRefusesWhatMakesNoSense(String option) {
    DemoCommand demo = demo(option);
    String name = option.substring(0, option.indexOf('='));
    assertThatThrownBy(demo::options)
        .isInstanceOf(CommandLine.ParameterException.class)
        .hasMessageContaining(name);
  }

  @Test
  void demoUsesTheNamesInTheFilesOnServersOfItsOwn() {
    DemoNames names = DemoCommand.names(Map.of(KafkaBroker.VARIABLE, ""));
    assertThat(names.topic()).isEqualTo("user_events");
    assertThat(names.table()).isEqualTo("tributary_demo.user_events_deduplicated");
    assertThat(names.connectorJson()).contains("\"name\": \"" + names.connector() + "\"");
    assertThat(names.ddl()).contains("CREATE TABLE " + names.table() + "\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {KafkaBroker.VARIABLE, ClickHouseServer.VARIABLE})
  void demoTakesFreshNamesOnTheUsersServers(String variable) {
    DemoNames names = DemoCommand.names(Map.of(variable, "anything"));
    assertThat(names.suffix()).isNotEmpty();
    assertThat(names.connectorJson())
        .contains("\"name\":\"" + names.connector() + "\"")
        .contains("\"topics\":\"" + names.topic() + "\"")
        .contains("\"topic.to.table\":\"" + names.topic() + ":user_events_deduplicated_");
    assertThat(names.ddl()).contains("CREATE TABLE " + names.table() + "\n");
    assertThat(names.workerGroup()).endsWith(names.suffix());
  }

  @Test
  void chaosIsTheFullRunByDefault() {
    assertThat(chaos("--seed=7").options()).isEqualTo(new ChaosOptions(10, 7));
    assertThat(chaos("--seed=7").options().numbers()).isEqualTo(1_000_000);
  }

  @Test
  void chaosSendsFewerNumbersInAShortRunAndSaysSo() {
    ChaosOptions options = chaos("--minutes", "0.5", "--seed", "7").options();
    assertThat(options.numbers()).isEqualTo(50_000);
    assertThat(options.duration()).isEqualTo(Duration.ofSeconds(30));
    assertThat(options.title())
        .contains("50,000 numbers and 5,000 duplicates", "seed 7", "a full run sends 1,000,000");
    assertThat(chaos("--minutes=60").options().numbers()).isEqualTo(1_000_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--minutes=0", "--minutes=-1", "--minutes=NaN", "--minutes=1201"})
  void chaosRefusesWhatMakesNoSense(String option) {
    assertThatThrownBy(chaos(option)::options)
        .isInstanceOf(CommandLine.ParameterException.class)
        .hasMessageContaining("--minutes must be");
  }

  @ParameterizedTest
  @ValueSource(strings = {KafkaBroker.VARIABLE, ClickHouseServer.VARIABLE})
  void chaosKillsNoServersOfTheUser(String variable) {
    assertThatThrownBy(() -> ChaosCommand.refuseOwnServers(Map.of(variable, "anything")))
        .isInstanceOf(StackException.class)
        .hasMessageContaining(variable);
  }

  @Test
  void helpTellsOfEveryCommandOptionAndVariable() {
    CommandLine main = Main.commandLine();
    Stream<String> options =
        main.getSubcommands().values().stream()
            .flatMap(command -> command.getCommandSpec().options().stream())
            .map(option -> option.longestName());
    Stream<String> variables =
        Stream.of(
            KafkaBroker.VARIABLE,
            ClickHouseServer.VARIABLE,
            ClickHouseServer.USER_VARIABLE,
            ClickHouseServer.PASSWORD_VARIABLE);
    assertThat(Main.help())
        .contains(main.getSubcommands().keySet())
        .contains(options.toList())
        .contains(variables.toList());
  }

  private static ChaosCommand chaos(String... options) {
    ChaosCommand chaos = new ChaosCommand();
    new CommandLine(chaos).parseArgs(options);
    return chaos;
  }

  private static DemoCommand demo(String... options) {
    DemoCommand demo = new DemoCommand();
    new CommandLine(demo).parseArgs(options);
    return demo;
  }
}
