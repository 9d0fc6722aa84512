package dev.tributary.connect;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The packages are layers: each uses only those below it. docs/architecture.md draws them. */
@AnalyzeClasses(
    packages = "dev.tributary.connect",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  private static final String ROOT = "dev.tributary.connect";

  /** From the top to the bottom, without {@link #ROOT}; a package uses those after it. */
  private static final List<String> LAYERS =
      List.of(
          "",
          ".chain",
          ".sink",
          ".sink.config",
          ".sink.exactly",
          ".sink.progress",
          ".sink.insert",
          ".sink.batch",
          ".sink.offsets",
          ".sink.row",
          ".sink.clickhouse",
          ".sink.table",
          ".sink.columns",
          ".dedup",
          ".dedup.index",
          ".join",
          ".join.right",
          ".state",
          ".kafka",
          ".json",
          ".record",
          ".util");

  /** The catalogue of column types holds one file a type. */
  private static final String CATALOGUE = ROOT + ".sink.columns";

  private static final int MOST_FILES = 20;

  @ArchTest
  static void no_package_uses_one_above_it(JavaClasses all) {
    List<String> upwards = new ArrayList<>();
    for (JavaClass from : all) {
      int layer = layer(from);
      for (Dependency arrow : from.getDirectDependenciesFromSelf()) {
        JavaClass to = arrow.getTargetClass().getBaseComponentType();
        if (to.getPackageName().startsWith(ROOT) && layer(to) < layer) {
          upwards.add(arrow.getDescription());
        }
      }
    }
    assertThat(upwards).isEmpty();
  }

  private static int layer(JavaClass type) {
    int layer = LAYERS.indexOf(type.getPackageName().substring(ROOT.length()));
    assertThat(layer).as("Layer of package " + type.getPackageName()).isNotNegative();
    return layer;
  }

  @ArchTest
  static final ArchRule sink_knows_nothing_of_the_transforms =
      noClasses()
          .that()
          .resideInAPackage("dev.tributary.connect.sink..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.tributary.connect.dedup..", "dev.tributary.connect.join..");

  @ArchTest
  static final ArchRule the_transforms_know_nothing_of_each_other =
      noClasses()
          .that()
          .resideInAPackage("dev.tributary.connect.dedup..")
          .should()
          .dependOnClassesThat(resideInAPackage("dev.tributary.connect.join.."));

  @ArchTest
  static final ArchRule packages_form_no_cycle =
      slices().matching("dev.tributary.connect.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule only_the_plugin_classes_are_api =
      classes()
          .that()
          .resideInAPackage("dev.tributary.connect")
          .and()
          .arePublic()
          .should()
          .haveModifier(JavaModifier.FINAL);

  @ArchTest
  static void no_package_is_too_full_and_no_two_classes_share_a_name(JavaClasses all) {
    Map<String, TreeSet<String>> packages = new TreeMap<>();
    Map<String, TreeSet<String>> names = new TreeMap<>();
    for (JavaClass type : all) {
      if (type.isTopLevelClass() && !type.getSimpleName().equals("package-info")) {
        packages
            .computeIfAbsent(type.getPackageName(), name -> new TreeSet<>())
            .add(type.getSimpleName());
        names.computeIfAbsent(type.getSimpleName(), name -> new TreeSet<>()).add(type.getName());
      }
    }
    assertThat(packages.keySet())
        .containsExactlyInAnyOrderElementsOf(
            LAYERS.stream().map(ROOT::concat).collect(Collectors.toSet()));
    packages.remove(CATALOGUE);
    assertThat(packages)
        .allSatisfy((name, types) -> assertThat(types.size()).isLessThanOrEqualTo(MOST_FILES));
    assertThat(names).allSatisfy((name, types) -> assertThat(types).hasSize(1));
  }
}
